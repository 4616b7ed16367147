"""The compass of CADE (Bianchi et al., 2020): what the slices of several corpora share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.config.base import Name, Seed
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers.corpus_vectors import read_training_text
from lingraft.vectors.trainers.trainer import Trainer

if TYPE_CHECKING:
    from lingraft.vectors.learning.sampling import Sampling
    from lingraft.vectors.vectorset import VectorSet


class Compass(Trainer):
    """The compass of CADE (Bianchi et al., 2020): context vectors of the words of several corpora,
    against which `trainer: cade` trains the words of each. They are not vectors of words."""

    trainer: Literal["compass"] = "compass"
    corpora: Annotated[list[Name], Field(min_length=1)]
    """The corpora whose slices will share a space."""
    dimension: PositiveInt = 100
    """Length of a vector, of the slices, too."""
    epochs: PositiveInt = 5
    """Passes over the text."""
    learning_rate: PositiveFloat = 0.05
    """Step size of AdaGrad, of the slices, too."""
    window: PositiveInt = 5
    """Words on each side that are context, of the slices, too."""
    negatives: PositiveInt = 10
    """Negative samples for each word, of the slices, too."""
    sampling_threshold: PositiveFloat = 1e-3
    """Words more frequent than this share of the text are dropped at random, of the slices, too."""
    minimum_count: PositiveInt = 5
    """Words seen less often in all corpora together get no vector."""
    lowercase: bool = False
    """Fold the text to lower case first, that of the slices, too."""
    seed: Seed = 0
    """Seed of the start, the order, and the samples."""

    depends_on_threads: ClassVar[bool] = True
    small: ClassVar[Mapping[str, Any]] = {"dimension": 16, "epochs": 2, "minimum_count": 1}

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """All corpora."""
        return tuple(("corpora", name) for name in self.corpora)

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language of the corpora, if it is one."""
        languages = {sections["corpora"][name].language for name in self.corpora}
        return languages.pop() if len(languages) == 1 else None

    def sampling(self, epochs: int, seed: int) -> Sampling:
        """Settings of a training of the compass or a slice."""
        from lingraft.vectors.learning.sampling import Sampling

        return Sampling(
            window=self.window,
            negatives=self.negatives,
            sampling_threshold=self.sampling_threshold,
            learning_rate=self.learning_rate,
            epochs=epochs,
            seed=seed,
        )

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Train on the text of all corpora.

        Raises:
            ConfigError: a corpus does not say its language, or the training diverged.
            InputError: a corpus is not given, or no word is frequent enough.
        """
        from lingraft.vectors.learning.compass import learn_compass
        from lingraft.vectors.learning.descent import torch_threads
        from lingraft.vectors.learning.text import encode
        from lingraft.vectors.vectorset import VectorSet

        text = encode(self._lines(given), self.minimum_count)
        with torch_threads(threads):
            outputs_CE = learn_compass(text, self.dimension, self.sampling(self.epochs, self.seed))
        return VectorSet(
            text.words, outputs_CE, text.counts_W, lowercase=self.lowercase, facts=self.facts
        )

    def _lines(self, given: VectorInputs) -> Iterator[list[str]]:
        from lingraft.vectors.segmentation import segmented

        for name in self.corpora:
            texts, language = read_training_text(given, name)
            yield from segmented(texts, language, self.lowercase)
