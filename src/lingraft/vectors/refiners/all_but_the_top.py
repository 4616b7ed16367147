"""All-but-the-top (Mu and Viswanath, 2018): the mean and the strongest directions are taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.vectors.refiners.refiner import Refiner

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class AllButTheTop(Refiner):
    """No mean, and nothing along the strongest directions, which say how frequent a word is."""

    name: Literal["all-but-the-top"]
    directions: PositiveInt | None = None
    """How many are taken out; unset: a hundredth of the dimension, at least one."""

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words without these directions."""
        from lingraft.vectors.principal_directions import without_top

        directions = self.directions or max(1, round(space.vectors_NE.shape[1] / 100))
        step, shares = without_top(space.vectors_NE, directions)
        facts = {"name": self.name, "directions": directions, "variance": float(shares.sum())}
        return space.transformed(step, facts)
