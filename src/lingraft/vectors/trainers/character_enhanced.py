"""Word vectors that are learned together with those of characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from lingraft.vectors.trainers.context_vectors import ContextVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.contexts import BagOfWords
    from lingraft.vectors.learning.text import EncodedText


class CharacterVectors(ContextVectors):
    """Joint vectors of words and characters for Chinese (CWE of Chen et al., 2015), by CBOW."""

    trainer: Literal["character-enhanced"]
    """character-enhanced learns characters with the words that they make; new words get theirs."""
    character_positions: bool = False
    """A character that begins, continues or ends a word is not the same character (CWE+P)."""

    def model_of(self, text: EncodedText, generator: Any) -> BagOfWords:
        """The model at its start; see `ContextVectors.model_of`."""
        from lingraft.vectors.learning.composition import Composition
        from lingraft.vectors.learning.contexts import BagOfWords
        from lingraft.vectors.parts import Cutting

        cutting = Cutting(1, 1, boundaries=False, positions=self.character_positions)
        composition = Composition(text.words, self.dimension, cutting, generator, half=True)
        return BagOfWords(composition, self.window, positions=False)
