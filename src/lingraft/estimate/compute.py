"""Operations of continued pretraining, and the GPU-hours that they take.

For each token of training, 6 operations for each weight of the body (Kaplan et al. 2020: 2 forward,
4 backward), 12 for each layer, dimension and token of the row for attention, and 6 for each weight
of the output layer at the positions that are predicted. Looking up embeddings costs nothing. Where
only embeddings or the head are trained, the body's weights need no gradients (4), or nothing is
propagated through it (2).
"""

from dataclasses import dataclass

from lingraft.config.pretraining import FilledStage, Pretraining
from lingraft.estimate.catalogue import Architecture, architecture
from lingraft.experiment.configuration import Config
from lingraft.stages.trainings import TrainingId, trainings

_PER_WEIGHT = {"all": 6, "embeddings": 4, "head": 2}


@dataclass(frozen=True)
class Device:
    """What a GPU or a core does at best, and the share of it that training gets."""

    name: str = "A100"
    peak: float = 312e12  # operations in a second, bfloat16
    utilization: float = 0.35
    unit: str = "GPU-hours"


# A rule of thumb: fp32 matrices of small encoders on one core of a server.
CORE = Device("core of this machine", 60e9, 1.0, "core-hours")


@dataclass(frozen=True)
class Work:
    """One training: tokens seen and operations; None where the model's shape is not known."""

    training: TrainingId
    tokens: int
    operations: float | None

    def hours(self, device: Device) -> float | None:
        """Hours on one device."""
        if self.operations is None:
            return None
        return self.operations / (device.peak * device.utilization) / 3600


def work(config: Config) -> list[Work]:
    """What each training of the configuration computes; those without pretraining are left out."""
    return [_work(config, t) for t in trainings(config) if config.runs[t.run].pretraining]


def vocabulary_size(config: Config, tokenizer: str) -> int | None:
    """Entries of the vocabulary that a run's models get."""
    block = config.tokenizers[tokenizer]
    if block.algorithm != "pretrained":
        return block.vocabulary_size
    known = architecture(config.sources[block.source], block.path)
    return None if known is None else known.vocabulary


def operations(
    shape: Architecture, vocabulary: int, width: int | None, recipe: Pretraining
) -> float:
    """Operations of a whole recipe.

    Args:
        shape: the source model.
        vocabulary: entries of the new vocabulary.
        width: of a factorization of the embeddings; None for full width.
        recipe: stages, rows and steps; masked models predict a share of the positions.
    """
    predicted = recipe.masking.probability if recipe.objective == "masked" else 1.0
    output = embedding_weights(shape, vocabulary, width)
    return sum(_stage(shape, output, predicted, stage) for stage in recipe.all_stages)


def embedding_weights(shape: Architecture, vocabulary: int, width: int | None) -> int:
    """Weights of the embeddings, factorized where there is a width."""
    full = shape.dimension
    return vocabulary * (width or full) + (full * width if width else 0)


def shape_of(config: Config, training: TrainingId) -> tuple[Architecture, int, int | None] | None:
    """Source model, vocabulary, and the width of a factorization that saves something.

    None where the model's shape is not known.
    """
    run = config.runs[training.run]
    model = config.models[run.model]
    shape = architecture(config.sources[model.source], model.path)
    vocabulary = vocabulary_size(config, run.tokenizer)
    if shape is None or vocabulary is None:
        return None
    width = config.initializations[training.initialization].width
    return shape, vocabulary, None if width is None or width >= shape.dimension else width


def _stage(shape: Architecture, output: int, predicted: float, stage: FilledStage) -> float:
    tokens = stage.steps * stage.batch_size * stage.sequence_length
    attention = 2 * shape.layers * shape.dimension * stage.sequence_length
    body = _PER_WEIGHT[stage.train] * (shape.body + attention)
    return float(tokens) * (body + 6 * output * predicted)


def _work(config: Config, training: TrainingId) -> Work:
    recipe = config.pretraining[config.runs[training.run].pretraining or ""]
    tokens = sum(s.steps * s.batch_size * s.sequence_length for s in recipe.all_stages)
    found = shape_of(config, training)
    return Work(training, tokens, None if found is None else operations(*found, recipe))
