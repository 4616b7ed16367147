"""Principal components, whitened if wanted: fewer dimensions, or directions of equal strength."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.vectors.refiners.refiner import Refiner

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class PrincipalComponents(Refiner):
    """The first principal components of the vectors, from their mean."""

    name: Literal["pca", "whitening"]
    """`pca` keeps how strong each component is; `whitening` gives each the variance 1."""
    dimension: PositiveInt | None = None
    """How many are kept; unset: all."""

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words in these components."""
        from lingraft.vectors.principal_directions import principal

        dimension = self.dimension or space.vectors_NE.shape[1]
        step, shares = principal(space.vectors_NE, dimension, self.name == "whitening")
        facts = {"name": self.name, "dimension": dimension, "variance": float(shares.sum())}
        return space.transformed(step, facts)
