"""Word vectors by counting: a factorization of positive pointwise mutual information."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.vectors.trainers.learned_vectors import LearnedVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.stopping import Epoch
    from lingraft.vectors.learning.text import EncodedText


class PpmiVectors(LearnedVectors):
    """PPMI-SVD with the options of Levy, Goldberg and Dagan (2015)."""

    trainer: Literal["ppmi-svd"]
    """ppmi-svd counts how often words meet and factorizes the counts: no epochs, no chance."""
    window: PositiveInt = 5
    """Words on each side that count as context, at most."""
    weighting: Literal["linear", "inverse", "flat"] = "linear"
    """What a meeting counts: linear falls with the distance, as word2vec's random window does on
    average; inverse is 1 / distance, as in GloVe; flat 1."""
    smoothing: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Power of the contexts' distribution: below 1 rare contexts count for less."""
    shift: Annotated[float, Field(ge=1)] = 1.0
    """log(shift) is subtracted from the information: k negative samples of word2vec. 1: nothing."""
    eigenvalue_power: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Power of the singular values by which a vector's directions are weighed; 1 is the plain
    decomposition, 0 makes all directions equal."""
    sampling_threshold: PositiveFloat = 1.0
    """Words more frequent than this share of the text are dropped at random; 1 drops none."""
    seed: Seed = 0
    """What is dropped."""

    small: ClassVar[Mapping[str, Any]] = {"dimension": 16, "minimum_count": 1}

    def learn(self, text: EncodedText) -> Iterator[Epoch]:
        """Count and factorize in one go; see `LearnedVectors.learn`."""
        from functools import partial

        import numpy as np

        from lingraft.vectors.learning.meetings import cooccurrences
        from lingraft.vectors.learning.ppmi import positive_information, weighted_directions

        kept = text.subsampled(self.sampling_threshold, np.random.default_rng(self.seed))
        counts_VV, _ = cooccurrences(kept.lines(), len(text.words), self.window, self.weighting)
        information_VV = positive_information(counts_VV, self.smoothing, self.shift)
        vectors_WE = weighted_directions(information_VV, self.dimension, self.eigenvalue_power)
        yield partial(text.vector_set, vectors_WE)
