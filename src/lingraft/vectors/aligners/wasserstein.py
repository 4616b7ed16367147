"""Wasserstein-Procrustes (Grave, Joulin and Berthet, 2019): a map without any dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Wasserstein(Aligner):
    """A rotation and a matching of random words improve each other, without a dictionary."""

    method: Literal["wasserstein"] = "wasserstein"
    matched_words: Annotated[int, Field(ge=100)] = 20_000
    """The most frequent words of either side, from which batches are drawn."""
    first_batch: Annotated[int, Field(ge=10)] = 500
    """Words of a side in the batches of the first epoch; each further epoch doubles them."""
    first_steps: PositiveInt = 400
    """Batches of the first epoch; each further epoch has a quarter."""
    epochs: PositiveInt = 4
    """Epochs of growing batches."""
    step_size: PositiveFloat = 0.5
    """How far a batch turns the map, falling as one over the square root of the batch's number."""
    refinements: NonNegativeInt = 5
    """Rounds of refinement on mutual nearest neighbors (CSLS) at the end."""
    refuse: bool = True
    """Fail when the map is no better than random starts reach; false only warns."""
    seed: Seed = 0
    """Seed of the batches, and of the folds."""

    @property
    def needs_pairs(self) -> bool:
        """None."""
        return False

    def fit(self, problem: Problem) -> Maps:
        """The map after the last refinement."""
        from lingraft.vectors.wasserstein import Batches, fit_wasserstein

        batches = Batches(
            self.matched_words, self.first_batch, self.first_steps, self.epochs, self.step_size
        )
        return fit_wasserstein(
            problem,
            batches,
            refinements=self.refinements,
            neighbors=self.neighbors,
            refuse=self.refuse,
            seed=self.seed,
        )
