"""The bytes of models and checkpoints on the disk, in fp32."""

from collections.abc import Sequence
from dataclasses import dataclass

from lingraft.config.pretraining import KEPT_CHECKPOINTS
from lingraft.estimate.compute import Work, embedding_weights, shape_of
from lingraft.experiment.configuration import Config

_BYTES = 4
_MOMENTS = 2  # of AdamW, for each weight


@dataclass(frozen=True)
class Space:
    """Bytes that trainings and tunings will need, and the number of those of unknown shape."""

    models: int
    checkpoints: int
    unknown: int


def space(config: Config, items: Sequence[Work]) -> Space:
    """The space that this work needs if all weights are trained."""
    models, checkpoints, unknown = 0, 0, 0
    for item in items:
        found = shape_of(config, item.training)
        if found is None:
            unknown += 1
            continue
        shape, vocabulary, width = found
        # An encoder has no factorized embeddings. A training has an initialized model, too.
        width, made = (width, 2) if item.encoder is None else (None, 1)
        weights = shape.body + embedding_weights(shape, vocabulary, width)
        models += _BYTES * weights * made
        checkpoints += _BYTES * weights * (1 + _MOMENTS) * KEPT_CHECKPOINTS
    return Space(models, checkpoints, unknown)
