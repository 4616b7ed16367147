"""TokAlign: tokens of two vocabularies that occur in the same surroundings."""

from typing import Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.config.initialization.common import Evidence, Method


class TokAlign(Method):
    """TokAlign (Li et al., 2025): one source token for each target token, by relative GloVe."""

    method: Literal["tokalign"] = "tokalign"
    dimension: PositiveInt = 300
    """Dimension of the GloVe vectors of both vocabularies."""
    window: PositiveInt = 15
    """Tokens on each side that count as context, weighted by 1 / distance."""
    iterations: PositiveInt = 15
    """Passes of GloVe over the counts."""
    weight_ceiling: PositiveFloat = 10.0
    """Counts from here on have full weight (GloVe's x_max)."""
    learning_rate: PositiveFloat = 0.05
    """Learning rate of AdaGrad."""
    minimum_count: PositiveInt = 5
    """Tokens rarer than this in the corpora have no vector."""
    pivots: PositiveInt = 300
    """Shared tokens whose cosines make a token comparable across the vocabularies."""
    pivot_seed: Seed = 0
    """Seed of the choice of pivots."""

    @property
    def takes(self) -> frozenset[Evidence]:
        """Text that both vocabularies encode."""
        return frozenset({"corpora"})
