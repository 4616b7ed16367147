"""Retrofitting to a graph (Faruqui et al., 2015): words come closer to their neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveFloat

from lingraft.vectors.refiners.refiner import GraphRefiner

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class Retrofitting(GraphRefiner):
    """Each word moves to the mean of where it was and of its neighbors (weighted by the edges).

    The fixed point of the paper's updates, solved exactly: it does not depend on an order of words.
    """

    name: Literal["retrofitting"]
    alpha: PositiveFloat = 1.0
    """How much the vector as it came counts, against 1 for all neighbors together."""

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words at the fixed point."""
        return self.pulled(space, given, self.alpha, by_degree=True)
