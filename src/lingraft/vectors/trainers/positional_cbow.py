"""Word vectors by position-weighted CBOW with character n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import NonNegativeInt, model_validator

from lingraft.vectors.trainers.context_vectors import ContextVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.contexts import BagOfWords
    from lingraft.vectors.learning.text import EncodedText


class PositionalVectors(ContextVectors):
    """Position-weighted CBOW with character n-grams, as Facebook's published vectors have it."""

    trainer: Literal["positional-cbow"]
    """positional-cbow multiplies each word of the window by a vector of its position."""
    shortest_ngram: NonNegativeInt = 5
    """Shortest character n-gram, word boundaries included."""
    longest_ngram: NonNegativeInt = 5
    """Longest character n-gram; 0: none, and only words have vectors."""

    @model_validator(mode="after")
    def _sizes_are_ordered(self) -> Self:
        if 0 < self.longest_ngram < self.shortest_ngram:
            raise ValueError("longest_ngram must be 0 or at least shortest_ngram")
        return self

    def model_of(self, text: EncodedText, generator: Any) -> BagOfWords:
        """The model at its start; see `ContextVectors.model_of`."""
        from lingraft.vectors.learning.composition import Composition
        from lingraft.vectors.learning.contexts import BagOfWords
        from lingraft.vectors.parts import Cutting

        cutting = Cutting(self.shortest_ngram, self.longest_ngram)
        composition = Composition(text.words, self.dimension, cutting, generator)
        return BagOfWords(composition, self.window, positions=True)
