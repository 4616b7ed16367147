"""What a language model says of a word that it reads alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lingraft.vectors.trainers.contextual_vectors import ContextualVectors

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32
    from lingraft.vectors.contextual.teacher import TeacherModel
    from lingraft.vectors.learning.text import EncodedText


class DecontextualizedVectors(ContextualVectors):
    """A language model's state of a word that it reads without context; the corpus only says which
    words there are."""

    trainer: Literal["decontextualized"] = "decontextualized"
    of: Literal["word", "first"] = "word"
    """`word`: the mean of the word's subwords; `first`: the first token, such as `[CLS]`."""

    small: ClassVar[Mapping[str, Any]] = {"minimum_count": 1, "maximum_length": 32}

    def learn(
        self, text: EncodedText, texts: Iterable[str], language: str, teacher: TeacherModel
    ) -> Float32:
        """States of single words."""
        from lingraft.vectors.contextual.averages import read_alone

        return read_alone(text.words, teacher, self.of)
