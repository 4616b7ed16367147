"""What models and checkpoints take on the disk, in fp32."""

from collections.abc import Sequence
from dataclasses import dataclass

from lingraft.config.experiment import Config
from lingraft.estimate.catalogue import Architecture, architecture
from lingraft.estimate.compute import vocabulary_size
from lingraft.plan import KEPT_CHECKPOINTS, Training, steps

_BYTES = 4
_MOMENTS = 2  # of AdamW, for each weight


@dataclass(frozen=True)
class Space:
    """Bytes that trainings will take, and how many of them are of unknown shape."""

    models: int
    checkpoints: int
    unknown: int


def space(config: Config, trainings: Sequence[Training]) -> Space:
    """What these trainings leave on the disk, with all weights trained."""
    models, checkpoints, unknown = 0, 0, 0
    for training in trainings:
        weights = _weights(config, training)
        if weights is None:
            unknown += 1
            continue
        models += _BYTES * weights * len(steps(config, training.run))
        if config.runs[training.run].pretraining is not None:
            checkpoints += _BYTES * weights * (1 + _MOMENTS) * KEPT_CHECKPOINTS
    return Space(models, checkpoints, unknown)


def _weights(config: Config, training: Training) -> int | None:
    run = config.runs[training.run]
    model = config.models[run.model]
    shape = architecture(config.sources[model.source], model.path)
    vocabulary = vocabulary_size(config, run.tokenizer)
    if shape is None or vocabulary is None:
        return None
    width = config.initializations[training.initialization].width
    return shape.body + _embeddings(shape, vocabulary, width)


def _embeddings(shape: Architecture, vocabulary: int, width: int | None) -> int:
    if width is None or width >= shape.dimension:
        return vocabulary * shape.dimension
    return (vocabulary + shape.dimension) * width
