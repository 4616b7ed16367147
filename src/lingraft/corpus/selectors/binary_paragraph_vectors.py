"""Text near a sample by codes of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from lingraft.config.base import Seed
from lingraft.corpus.selectors.selector import Selector, Texts

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float64


class BinaryParagraphVectors(Selector):
    """Documents whose binary codes are nearest to those of the sample, and among equally near ones
    those with the nearest vectors (Grzegorczyk and Kurdziel 2017)."""

    method: Literal["binary-paragraph-vectors"]

    bits: Annotated[int, Field(ge=8, le=256, multiple_of=8)] = 32
    """Length of a code, a multiple of 8."""

    dimension: PositiveInt = 100
    """Length of the real vector that is learned together with the code."""

    epochs: PositiveInt = 15
    """Passes over the documents that the model learns from."""

    training_documents: PositiveInt = 50_000
    """The model learns from at most so many documents, drawn by a hash, and from the sample."""

    seed: Seed = 0
    """Seed of the model's weights."""

    def scores(self, sample: Sequence[str], texts: Texts, language: str) -> Float64:
        """How near the nearest texts of the sample are.

        Raises:
            InputError: the sample has no word.
        """
        from lingraft.corpus.selection.nearest_codes import nearness
        from lingraft.corpus.selection.paragraph_vectors import ParagraphRecipe

        recipe = ParagraphRecipe(
            dimension=self.dimension, bits=self.bits, epochs=self.epochs, seed=self.seed
        )
        return nearness(sample, texts, language, recipe, self.training_documents)
