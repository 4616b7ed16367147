"""Word vectors of GloVe: their products are the logarithms of how often two words meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.vectors.trainers.learned_vectors import IterativeVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.stopping import Epoch
    from lingraft.vectors.learning.text import EncodedText


class GloveVectors(IterativeVectors):
    """GloVe (Pennington, Socher and Manning, 2014): weighted least squares on log meetings."""

    trainer: Literal["glove"]
    """glove counts once how often words meet, and fits vectors to the counts."""
    epochs: PositiveInt = 25
    """Passes over the counts; glove.c makes 25."""
    window: PositiveInt = 10
    """Words on each side that count as context; one at distance d counts 1 / d."""
    learning_rate: PositiveFloat = 0.05
    """Initial step of AdaGrad."""
    weight_ceiling: PositiveFloat = 10.0
    """Pairs that meet so often weigh 1, rarer ones less (x_max: 100 for a billion words)."""

    small: ClassVar[Mapping[str, Any]] = {"dimension": 16, "epochs": 3, "minimum_count": 1}

    def learn(self, text: EncodedText) -> Iterator[Epoch]:
        """Train, one epoch at a time; see `LearnedVectors.learn`."""
        from functools import partial

        from lingraft.vectors.learning.glove import Glove, glove_iterations

        settings = Glove(
            dimension=self.dimension,
            window=self.window,
            iterations=self.epochs,
            weight_ceiling=self.weight_ceiling,
            learning_rate=self.learning_rate,
            minimum_count=1,  # the text has lost its rare words
        )
        for vectors_WE in glove_iterations(text.lines(), text.words, settings, self.seed):
            yield partial(text.vector_set, vectors_WE)
