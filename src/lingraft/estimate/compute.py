"""Operations of pretraining and of tuning encoders, and the GPU-hours that they take.

For each token of training, 6 operations for each weight of the body (Kaplan et al. 2020: 2 forward,
4 backward), 12 for each layer, dimension and token of the row for attention, and 6 for each weight
of the output layer at the positions that are predicted. Looking up embeddings costs nothing. Where
only embeddings or the head are trained, the body's weights need no gradients (4), or nothing is
propagated through it (2). A teacher reads as many tokens (2 for each weight of its body). How long
the texts are that an encoder learns from is not known: each is counted with the most tokens that
the recipe allows.
"""

from dataclasses import dataclass

from lingraft.config.pretraining import Pretraining
from lingraft.config.tokenizers import DerivedTokenizer, PretrainedTokenizer, Tokenizer
from lingraft.config.training_stages import FilledStage, Trained
from lingraft.encoders.settings import TunedEncoder, TuningStage
from lingraft.estimate.catalogue import ModelShape, model_shape
from lingraft.estimate.foreseen import known_objective, objective_of_run
from lingraft.experiment.configuration import Config
from lingraft.models.settings import Model
from lingraft.stages.trainings import Step, TrainingId, encoders, trainings

# Texts of an example by its form; pairs of any kind have two, and lists about five.
_TEXTS: dict[str, int] = {"texts": 1, "triples": 3, "ranked": 5, "scored": 5}
_PER_WEIGHT: dict[Trained, int] = {"all": 6, "body": 6, "embeddings": 4, "new-rows": 4, "head": 2}
_TEACHER = 2  # operations for a weight: forward alone


@dataclass(frozen=True)
class Device:
    """The peak speed of a GPU or a core, and the share of it that training reaches."""

    name: str = "A100"
    peak: float = 312e12  # operations in a second, bfloat16
    utilization: float = 0.35
    unit: str = "GPU-hours"


# A rule of thumb: fp32 matrices of small encoders on one core of a server.
CORE = Device("core of this machine", 60e9, 1.0, "core-hours")


@dataclass(frozen=True)
class Work:
    """One training, or the tuning of its encoder: its tokens and operations; None if the model's
    shape is unknown."""

    training: TrainingId
    tokens: int
    operations: float | None
    encoder: Step | None = None

    @property
    def folder(self) -> str:
        """Names it among those that are still to do."""
        return f"{self.training.folder}/{self.encoder or 'pretrained'}"

    def hours(self, device: Device) -> float | None:
        """Hours on one device."""
        if self.operations is None:
            return None
        return self.operations / (device.peak * device.utilization) / 3600


def work(config: Config) -> list[Work]:
    """The work of each training of the configuration that has a recipe of pretraining."""
    return [
        _work(config, training, config.pretraining[name])
        for training in trainings(config)
        if (name := config.runs[training.run].recipe_of(training.initialization)) is not None
    ]


def tuning_work(config: Config) -> list[Work]:
    """The work of each sentence encoder of the configuration, at most."""
    return [
        _tuning(config, training, encoder, recipe.of_run(training.run))
        for training in trainings(config)
        for encoder in encoders(config, training)
        # A merge costs next to nothing.
        if isinstance(recipe := config.encoders[encoder], TunedEncoder)
    ]


def vocabulary_size(config: Config, tokenizer: str) -> int | None:
    """Entries of the vocabulary that a run's models get."""
    block = config.tokenizers[tokenizer]
    if isinstance(block, Tokenizer):
        return block.vocabulary_size
    if isinstance(block, DerivedTokenizer):
        return _derived_size(config, block)
    return _downloaded_size(config, block)


def _derived_size(config: Config, block: DerivedTokenizer) -> int | None:
    """Entries of a vocabulary that is made from another one, at most; None if it is not known."""
    section, name = block.base
    if section == "tokenizers":
        base = vocabulary_size(config, name)
    else:
        base = _downloaded_size(config, config.models[name])
    asked_for = block.asked_for(base)
    return base if asked_for is None else asked_for


def _downloaded_size(config: Config, place: PretrainedTokenizer | Model) -> int | None:
    known = model_shape(config.sources[place.source], place.path)
    return None if known is None else known.vocabulary


def operations(shape: ModelShape, vocabulary: int, width: int | None, recipe: Pretraining) -> float:
    """Operations of a whole recipe.

    Args:
        shape: the source model.
        vocabulary: entries of the new vocabulary.
        width: the width of factorized embeddings; None: full width.
        recipe: stages, rows and steps; masked models predict a share of the positions.
    """
    return operations_until(shape, vocabulary, width, recipe, recipe.total_steps)


def operations_until(
    shape: ModelShape, vocabulary: int, width: int | None, recipe: Pretraining, steps: float
) -> float:
    """Operations of the first steps of a recipe.

    Args:
        shape, vocabulary, width, recipe: as those of `operations`.
        steps: how many, over all stages.
    """
    predicted = recipe.masking.probability if recipe.predicts == "masked" else 1.0
    if recipe.rebuilds:  # all tokens are rebuilt; DupMAE's bags take all of them, too
        predicted += 2.0 if recipe.objective == "dupmae" else 1.0
    output = embedding_weights(shape, vocabulary, width)
    total, left = 0.0, steps
    for stage in recipe.all_stages:
        share = min(left, stage.steps) / stage.steps
        total += share * _stage(shape, output, predicted, stage)
        left -= share * stage.steps
    return total


def forward_operations(
    shape: ModelShape, vocabulary: int, width: int | None, length: int, predicted: float
) -> float:
    """Operations of reading one token, without learning from it.

    Args:
        shape: the source model.
        vocabulary: entries of the new vocabulary.
        width: the width of factorized embeddings; None: full width.
        length: tokens of the row, on which attention depends.
        predicted: share of the tokens at which the head gives a distribution over the vocabulary.
    """
    output = embedding_weights(shape, vocabulary, width) * predicted
    return 2.0 * (_body(shape, length) + output)


def embedding_weights(shape: ModelShape, vocabulary: int, width: int | None) -> int:
    """The number of weights of the embeddings.

    Args:
        shape: the model.
        vocabulary: entries of its vocabulary.
        width: the width of factorized embeddings; None: full width.
    """
    full = shape.width or shape.dimension
    return vocabulary * (width or full) + (full * width if width else 0)


def shape_of(config: Config, training: TrainingId) -> tuple[ModelShape, int, int | None] | None:
    """Source model, entries of the vocabulary, and the width of a factorization that saves weights.

    None if the model's shape is unknown.
    """
    run = config.runs[training.run]
    model = config.models[run.model]
    shape = model_shape(config.sources[model.source], model.path)
    vocabulary = vocabulary_size(config, run.tokenizer)
    if shape is None or vocabulary is None:
        return None
    width = config.initializations[training.initialization].width
    return shape, vocabulary, None if width is None or width >= shape.dimension else width


def _tuning(config: Config, training: TrainingId, encoder: Step, recipe: TunedEncoder) -> Work:
    found = shape_of(config, training)
    tokens = sum(_tokens(config, recipe, stage) for stage in recipe.stages)
    if found is None:
        return Work(training, tokens, None, encoder)
    shape, vocabulary, _ = found  # an encoder has no factorized embeddings
    total = 6.0 * tokens * _body(shape, recipe.maximum_length)
    causal = objective_of_run(config, config.runs[training.run]) == "causal"
    predicted = 1.0 if causal else recipe.masking.probability
    output = embedding_weights(shape, vocabulary, None) * predicted
    for stage in recipe.stages:
        if stage.language_model_share:  # its last text goes through the language model again
            again = stage.steps * stage.batch_size * recipe.maximum_length
            total += 6.0 * again * (_body(shape, recipe.maximum_length) + output)
    return Work(training, tokens, total, encoder)


def _tokens(config: Config, recipe: TunedEncoder, stage: TuningStage) -> int:
    """Those of all texts of the examples. A teacher may read one of them, which costs less."""
    form = config.training_sets[stage.data[0]].form
    return stage.steps * stage.batch_size * recipe.maximum_length * _TEXTS.get(form, 2)


def _body(shape: ModelShape, length: int) -> int:
    """Weights of the body, and what stands for attention, whose cost grows with the row."""
    # The 2 here times 6 operations for each weight gives the 12 of the module's docstring.
    return shape.body + 2 * shape.layers * shape.dimension * length


def _stage(shape: ModelShape, output: int, predicted: float, stage: FilledStage) -> float:
    tokens = stage.steps * stage.batch_size * stage.sequence_length
    each, taught = _PER_WEIGHT[stage.train], stage.distillation
    if taught is not None:
        each += _TEACHER if taught.asks_teacher else 0
        predicted = 1.0 if taught.predicting else 0.0
    body = each * _body(shape, stage.sequence_length)
    return float(tokens) * (body + 6 * output * predicted)


def _work(config: Config, training: TrainingId, recipe: Pretraining) -> Work:
    model = config.runs[training.run].model
    if (objective := known_objective(config, model)) is not None:
        recipe = recipe.of_model(objective)
    tokens = sum(s.steps * s.batch_size * s.sequence_length for s in recipe.all_stages)
    found = shape_of(config, training)
    return Work(training, tokens, None if found is None else operations(*found, recipe))
