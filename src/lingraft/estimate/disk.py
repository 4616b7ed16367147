"""The bytes of models and checkpoints on the disk, in fp32."""

from collections.abc import Sequence
from dataclasses import dataclass

from lingraft.config.pretraining import KEPT_CHECKPOINTS
from lingraft.estimate.compute import embedding_weights, shape_of
from lingraft.experiment.configuration import Config
from lingraft.stages.trainings import TrainingId, steps

_BYTES = 4
_MOMENTS = 2  # of AdamW, for each weight


@dataclass(frozen=True)
class Space:
    """Bytes that trainings will need, and the number of trainings of unknown shape."""

    models: int
    checkpoints: int
    unknown: int


def space(config: Config, trainings: Sequence[TrainingId]) -> Space:
    """The space that these trainings need if all weights are trained."""
    models, checkpoints, unknown = 0, 0, 0
    for training in trainings:
        found = shape_of(config, training)
        if found is None:
            unknown += 1
            continue
        weights = found[0].body + embedding_weights(*found)
        models += _BYTES * weights * len(steps(config, training))
        if config.runs[training.run].pretraining is not None:
            checkpoints += _BYTES * weights * (1 + _MOMENTS) * KEPT_CHECKPOINTS
    return Space(models, checkpoints, unknown)
