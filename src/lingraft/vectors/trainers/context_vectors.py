"""What the trainers share that are trained on windows with negative samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import PositiveFloat, PositiveInt

from lingraft.vectors.trainers.learned_vectors import IterativeVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.contexts import BagOfWords, OrderedWindow
    from lingraft.vectors.learning.sampling import Sampling
    from lingraft.vectors.learning.stopping import Epoch
    from lingraft.vectors.learning.text import EncodedText
    from lingraft.vectors.vectorset import VectorSet


class SampledVectors(IterativeVectors):
    """Vectors that are trained on windows, by negative sampling and AdaGrad."""

    window: PositiveInt = 5
    """Words on each side that are context, always all of them."""
    negatives: PositiveInt = 10
    """Negative samples per positive one."""
    sampling_threshold: PositiveFloat = 1e-3
    """Words more frequent than this share of the text are dropped at random; 1 drops none."""
    learning_rate: PositiveFloat = 0.05
    """Step of AdaGrad."""

    small: ClassVar[Mapping[str, Any]] = {"dimension": 16, "epochs": 3, "minimum_count": 1}

    def sampling(self) -> Sampling:
        """The settings of the training."""
        from lingraft.vectors.learning.sampling import Sampling

        return Sampling(
            window=self.window,
            negatives=self.negatives,
            sampling_threshold=self.sampling_threshold,
            learning_rate=self.learning_rate,
            epochs=self.epochs,
            seed=self.seed,
        )


class ContextVectors(SampledVectors):
    """Vectors with which the words around a word predict it."""

    def learn(self, text: EncodedText) -> Iterator[Epoch]:
        """Train, one epoch at a time; see `LearnedVectors.learn`."""
        from functools import partial

        import torch

        from lingraft.vectors.learning.sampling import train_epochs

        model = self.model_of(text, torch.Generator().manual_seed(self.seed))
        for loss in train_epochs(text, model, self.sampling()):
            yield partial(self._vectors, text, model, loss)

    @staticmethod
    def _vectors(text: EncodedText, model: BagOfWords | OrderedWindow, loss: float) -> VectorSet:
        return text.vector_set(model.vectors(), model=model.subwords(), facts={"loss": loss})

    def model_of(self, text: EncodedText, generator: Any) -> BagOfWords | OrderedWindow:
        """The model at its start."""
        raise NotImplementedError
