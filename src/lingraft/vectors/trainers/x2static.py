"""X2Static (Gupta and Jaggi, 2021): CBOW whose context is what a language model says of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.vectors.trainers.contextual_vectors import ContextualVectors

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32
    from lingraft.vectors.contextual.teacher import TeacherModel
    from lingraft.vectors.learning.text import EncodedText


class X2staticVectors(ContextualVectors):
    """X2Static (Gupta and Jaggi, 2021): a word's vector predicts the sentences that have it, which
    a frozen language model has read; defaults are the authors'."""

    trainer: Literal["x2static"] = "x2static"
    unit: Literal["sentence", "paragraph"] = "paragraph"
    """What the teacher reads at once: a sentence, or as many of a document as fit. The context of a
    word is the mean state of its own sentence in both."""
    epochs: PositiveInt = 1
    """Passes over the text; the teacher reads it once. Small corpora need 10 and more."""
    learning_rate: PositiveFloat = 1e-3
    """Learning rate of (sparse) Adam."""
    negatives: PositiveInt = 10
    """Negative samples for each word."""
    sampling_threshold: PositiveFloat = 5e-6
    """Words more frequent than this share of the text are dropped at random; raise it for small
    corpora."""
    batch_size: PositiveInt = 128
    """Sentences in a step."""
    seed: Seed = 0
    """Seed of the start, the order, and the samples."""

    small: ClassVar[Mapping[str, Any]] = {"minimum_count": 1, "maximum_length": 32}

    def learn(
        self, text: EncodedText, texts: Iterable[str], language: str, teacher: TeacherModel
    ) -> Float32:
        """Vectors of the words by the logistic loss with negative samples."""
        from lingraft.vectors.contextual.x2static import X2staticTraining, distill

        settings = X2staticTraining(
            self.unit,
            self.epochs,
            self.learning_rate,
            self.negatives,
            self.sampling_threshold,
            self.batch_size,
            self.seed,
        )
        return distill(text, texts, teacher, settings)
