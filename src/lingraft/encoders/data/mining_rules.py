"""Which of an anchor's nearest texts are its hard negatives."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from lingraft.config.base import Block

Score = Annotated[float, Field(ge=-1.0, le=1.0)]


class MiningRules(Block):
    """Which of an anchor's nearest texts are its hard negatives; scores are cosines."""

    negatives: PositiveInt = 4
    """Hard negatives of each example; an example with fewer is left out."""
    relative_margin: Annotated[float, Field(ge=0.0, le=1.0)] | None = 0.05
    """A negative's score is at most the positive's, less this share of it: 0.05 leaves out what
    scores above 95 % of the positive (NV-Retriever; Moreira et al., 2024)."""
    absolute_margin: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    """A negative's score is at most the positive's less this."""
    minimum_score: Score | None = None
    """Lowest score of a negative."""
    maximum_score: Score | None = None
    """Highest score of a negative."""
    skip: NonNegativeInt = 0
    """How many of the nearest texts that the other rules allow are left out."""
    depth: PositiveInt = 50
    """How many of the nearest texts are looked at."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.depth < self.skip + self.negatives:
            raise ValueError(
                f"depth: {self.depth} texts are looked at, but `skip` and `negatives` need "
                f"{self.skip + self.negatives}"
            )
        low, high = self.minimum_score, self.maximum_score
        if low is not None and high is not None and low > high:
            raise ValueError(f"minimum_score: {low} is above maximum_score, {high}")
        return self
