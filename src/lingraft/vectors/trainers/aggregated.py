"""The mean state of a word over its contexts (Bommasani et al., 2020)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lingraft.vectors.trainers.contextual_vectors import ContextualVectors

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32
    from lingraft.vectors.contextual.teacher import TeacherModel
    from lingraft.vectors.learning.text import EncodedText


class AggregatedVectors(ContextualVectors):
    """The mean of a language model's states of a word over all sentences that it is in."""

    trainer: Literal["aggregated"] = "aggregated"
    of: Literal["word", "first"] = "word"
    """`word`: the states of the word's own subwords (Bommasani et al., 2020); `first`: the first
    token of each sentence with the word, such as `[CLS]`."""

    small: ClassVar[Mapping[str, Any]] = {"minimum_count": 1, "maximum_length": 32}

    def learn(
        self, text: EncodedText, texts: Iterable[str], language: str, teacher: TeacherModel
    ) -> Float32:
        """Means over contexts."""
        from lingraft.vectors.contextual.averages import Words, mean_over_contexts

        index = {word: row for row, word in enumerate(text.words)}
        return mean_over_contexts(Words(index, language, self.lowercase), texts, teacher, self.of)
