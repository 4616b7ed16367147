"""What a training is asked to do, checked before anything runs, and its identity."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.artifacts import (
    Artifact,
    ModelFacts,
    TokensFacts,
    fingerprint,
    open_artifact,
    write_json,
)
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import FilledStage
from lingraft.corpus.documents import Document
from lingraft.corpus.records import check_records, held_out_documents
from lingraft.corpus.token_files import TokenFile, vocabulary_digest
from lingraft.errors import ConfigError, InputError
from lingraft.models.objective import is_causal
from lingraft.models.positions import most_positions
from lingraft.models.scoring.settings import HeldOutMeasure
from lingraft.models.stored import read_architecture, read_config
from lingraft.models.trainable import require_trainable
from lingraft.outputs import require_output
from lingraft.tokenizers.loading import load_tokenizer
from lingraft.training.batches import TextKnowledge, check_stage
from lingraft.training.evaluation import documents_elsewhere, measure_record
from lingraft.training.merging import MergeSource, source_of
from lingraft.training.rebuilding import require_rebuildable
from lingraft.training.recutting import Recutting
from lingraft.training.selection import asks_for_new_rows, new_rows
from lingraft.training.shielding import Shielding, shielding_of
from lingraft.training.teaching import Lesson, Teaching, teaching_of
from lingraft.training.tensorboard import require_tensorboard
from lingraft.training.token_checks import check_ids, check_size, check_vocabulary

logger = logging.getLogger(__name__)

IDENTITY = "identity.json"
_NO_TRAINING = {"merge", "evaluate_elsewhere"}  # keys of a recipe that change no step of it
_MICRO_BATCH_TOKENS = {"cpu": 1 << 13, "cuda": 1 << 14}


@dataclass(frozen=True)
class Machine:
    """How to run it here; changes speed and memory, not what is learned."""

    zero_stage: int | None = None
    micro_batch: int | None = None
    checkpoint_minutes: float = 15.0
    checkpoint_steps: int | None = None
    log_steps: int = 10
    time_budget: float = 0.0
    hang_minutes: float = 30.0
    activation_checkpointing: bool = False
    compile: bool | None = None  # None: where it is worth it
    tensorboard: bool = False


@dataclass(frozen=True)
class Job:
    """A training: recipe, inputs and places."""

    recipe: Pretraining
    model: Path
    tokens: dict[str, Path]
    state: Path
    output: Path
    seed: int
    machine: Machine = Machine()
    corpora: Mapping[str, Path] = field(default_factory=dict)
    """Corpora whose held-out documents are scored as the model trains; they change no weights."""
    teacher: Path | None = None
    """The source model with its own tokenizer, for stages that learn from it."""
    source: Path | None = None
    """The source model, for recipes whose result takes something back of it."""
    calibration: Mapping[str, Path] = field(default_factory=dict)
    """Corpora whose training documents decide which columns a shield holds."""
    measure: HeldOutMeasure = field(default_factory=HeldOutMeasure)
    """Which of the documents, in which windows, under which masks."""
    evaluation_corpora: Mapping[str, Path] = field(default_factory=dict)
    """Corpora that are scored too and decide nothing: what the model forgets of other text."""


@dataclass(frozen=True)
class Inputs:
    """The verified inputs of a job."""

    training: dict[str, TokenFile]
    held_out: dict[str, list[Document]]
    """The documents of each corpus that has held-out text."""
    elsewhere: dict[str, list[Document]]
    """The same of corpora that the model is not trained on."""
    knowledge: TextKnowledge
    identity: dict[str, Any]
    artifacts: dict[str, Artifact[Any]]
    """The opened model and tokens, by the names that a manifest gives them."""
    new_V: NDArray[np.bool_]
    """Which rows of the vocabulary are new, where a stage asks for that; else none."""
    teaching: Teaching | None
    """What the stages that learn from the source model read."""
    source: MergeSource | None
    """What the result takes back of the source model; it changes no training."""
    shielding: Shielding
    """What shields are scored on."""

    def lesson(self, job: Job, stage: FilledStage) -> Lesson | None:
        """What a stage learns from the source model; None if it learns from the text."""
        if self.teaching is None:
            return None
        return self.teaching.lesson(job.model, stage, self.new_V, job.seed)

    @property
    def fingerprint(self) -> str:
        """The identity as one digest, which names the state folder: equal for equal results."""
        return _fingerprint_of(self.identity)


def name_tokens(folders: Sequence[Path]) -> dict[str, Path]:
    """Token folders by corpus, which is the name of the folder.

    Raises:
        ConfigError: none is given, or two have the same name.
    """
    if not folders:
        raise ConfigError("no folder of encoded text is given in `tokens=`")
    named = {folder.name: folder for folder in folders}
    if len(named) < len(folders):
        raise ConfigError(f"two token folders have the same name: {', '.join(map(str, folders))}")
    return named


def of_its_model(job: Job) -> Job:
    """The job with the objective of its model, where its recipe names none.

    Raises:
        ConfigError: an option of the recipe has no effect with that objective.
        InputError: `job.model` is not a model.
    """
    causal = is_causal(read_architecture(job.model))
    return replace(job, recipe=job.recipe.of_model("causal" if causal else "masked"))


def check_inputs(job: Job) -> Inputs:
    """Verify and open what a job reads.

    Raises:
        InputError: something is damaged, empty, or does not belong together.
        ConfigError: recipe and model do not fit.
    """
    _check_machine(job.machine)
    if abs(job.seed) >= 1 << 63:
        raise ConfigError(f"`seed={job.seed}` has more than 63 bits; use a smaller number")
    tokens = {f"tokens {name}": folder for name, folder in job.tokens.items()}
    read = {**job.evaluation_corpora, **job.corpora}
    corpora = {f"corpus {name}": folder for name, folder in read.items()}
    require_output(job.output, {"model": job.model, "state": job.state, **tokens, **corpora})
    model = open_artifact(job.model, ModelFacts)
    tokens_of = {name: open_artifact(path, TokensFacts) for name, path in job.tokens.items()}
    digests = {name: artifact.digest for name, artifact in tokens_of.items()}
    require_trainable(read_architecture(job.model), job.recipe, job.model)
    _check_lengths(job)
    training = {name: TokenFile.open(folder, "train") for name, folder in job.tokens.items()}
    rows = read_config(job.model).get("vocab_size", 0)
    for name, file in training.items():
        check_size(job.model, name, file, rows)
    tokenizer = load_tokenizer(job.model)
    vocabulary = vocabulary_digest(tokenizer.get_vocab())
    for name, file in training.items():
        check_vocabulary(job.model, name, file, vocabulary)
    knowledge = _knowledge(job, tokenizer)
    if job.recipe.rebuilds:
        for name, file in training.items():
            require_rebuildable(name, file, knowledge.word_starts_V)
    for stage in job.recipe.all_stages:  # all of them now, not when each begins
        check_stage(training, job.recipe, stage, knowledge)
    for file in training.values():
        check_ids(file)
    new_V = np.zeros(rows, bool)
    if any(asks_for_new_rows(stage) for stage in job.recipe.all_stages):
        new_V = new_rows(job.model, rows)
    teaching = teaching_of(job.recipe, job.model, job.teacher, job.corpora, set(job.tokens))
    source = source_of(job.recipe, job.model, job.source)
    shielding = shielding_of(job.recipe, job.model, job.calibration)
    held_out = _held_out_documents(job)
    identity: dict[str, Any] = {
        # Without what is None: a new option must not change the identity of earlier trainings. And
        # without what changes no step: trainings that differ in it are the same.
        "recipe": job.recipe.model_dump(mode="json", exclude_none=True, exclude=_NO_TRAINING),
        "seed": job.seed,
        "model": model.digest,
        "tokens": digests,
    }
    if job.recipe.early_stopping:  # then the measure decides which weights are kept
        identity["measure"] = measure_record(job.measure, held_out)
    artifacts: dict[str, Artifact[Any]] = {"model": model}
    if shielding.identity:
        identity["shielded"] = dict(shielding.identity)
    if teaching is not None:
        identity |= teaching.identity
        artifacts["teacher"] = teaching.artifact
    if source is not None:
        artifacts["source"] = source.artifact
    artifacts |= {f"tokens-{name}": found for name, found in tokens_of.items()}
    alone = {} if job.recipe.evaluate_elsewhere is False else job.evaluation_corpora
    elsewhere = documents_elsewhere(alone, job.measure)
    opened = training, held_out, elsewhere, knowledge
    return Inputs(*opened, identity, artifacts, new_V, teaching, source, shielding)


def state_folder(job: Job, identity: dict[str, Any]) -> Path:
    """The folder of this very training under `job.state`; other settings have another one.

    Raises:
        InputError: it cannot be written.
    """
    return named_state(job.state, identity, _fingerprint_of(identity))


def named_state(state: Path, identity: dict[str, Any], digest: str) -> Path:
    """The folder below `state` of the training with this identity, made if it is missing.

    Args:
        state: where checkpoints live.
        identity: what determines the result, as plain values.
        digest: of the identity; it names the folder.

    Raises:
        InputError: it cannot be written.
    """
    folder = state / digest[:12]
    try:
        if not folder.exists():
            _log_other_states(state, identity)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / IDENTITY).exists():
            write_json(folder / IDENTITY, identity)
    except OSError as error:
        raise InputError(f"state folder {folder} cannot be written: {error.strerror}") from None
    return folder


def micro_batch(
    stage: FilledStage, processes: int, device: str, asked: int | None
) -> tuple[int, int]:
    """Rows of a forward pass, and how many passes make a step.

    Args:
        stage: batch size and row length.
        processes: how many train together.
        device: "cpu" or "cuda".
        asked: rows that were asked for; None for as many as usually fit.

    Raises:
        ConfigError: the global batch cannot be divided so.
    """
    rows = stage.batch_size
    if rows % processes:
        raise ConfigError(
            f"batch_size {rows} cannot be divided over {processes} processes; use a number of "
            f"processes that divides it"
        )
    share = rows // processes
    if asked is not None:
        if share % asked:
            raise ConfigError(
                f"batch_size {rows} over {processes} processes is {share} rows each, which "
                f"`micro_batch={asked}` does not divide"
            )
        return asked, share // asked
    limit = max(1, _MICRO_BATCH_TOKENS[device] // stage.sequence_length)
    # The largest divisor of a process's share that is not above the limit.
    size = max(d for d in range(1, share + 1) if share % d == 0 and d <= limit)
    return size, share // size


def _fingerprint_of(identity: dict[str, Any]) -> str:
    # Recipes of earlier versions had `evaluation_rows`, which changed no weights. As if they still
    # had its default, so that a training of that time goes on from where it is.
    return fingerprint(identity | {"recipe": {"evaluation_rows": 512} | identity["recipe"]})


def _held_out_documents(job: Job) -> dict[str, list[Document]]:
    """The documents that are scored, of each corpus that has some."""
    found = {}
    for name, folder in job.corpora.items():
        if not folder.is_dir():
            raise InputError(
                f"{folder} is missing, and its held-out documents are scored as the model trains; "
                f"make {folder}/manifest.json first"
            )
        check_records(folder, "valid")
        found[name] = held_out_documents(folder, job.measure.documents)
    found = {name: documents for name, documents in found.items() if documents}
    if job.recipe.early_stopping and not found:
        raise ConfigError(
            "early_stopping needs held-out text, and no corpus of this training has any (they are "
            "given as `corpora=NAME=DIR`)"
        )
    return found


def _check_machine(machine: Machine) -> None:
    if machine.zero_stage not in (None, 0, 1, 2, 3):
        raise ConfigError(f"`zero_stage={machine.zero_stage}` is not a stage; write 0, 1, 2 or 3")
    for name in ("micro_batch", "checkpoint_steps", "checkpoint_minutes", "log_steps"):
        value = getattr(machine, name)
        if value is not None and not value > 0:
            raise ConfigError(f"`{name}={value}` must be above 0")
    for name in ("time_budget", "hang_minutes"):
        if not (value := getattr(machine, name)) >= 0:
            raise ConfigError(f"`{name}={value}` must not be below 0")
    if machine.tensorboard:
        require_tensorboard()


def _check_lengths(job: Job) -> None:
    most = most_positions(read_architecture(job.model))
    longest = max(stage.sequence_length for stage in job.recipe.all_stages)
    if most is not None and longest > most:
        raise ConfigError(
            f"sequence_length {longest} is more than the {most} positions of the model in "
            f"{job.model}; lower it"
        )


def _knowledge(job: Job, tokenizer: Any) -> TextKnowledge:
    wants_words = job.recipe.predicts == "masked" and job.recipe.masking.whole_words
    starts_V = None
    if wants_words:
        from lingraft.tokenizers.token_table import TokenTable

        table = TokenTable(tokenizer)
        if not table.marks_word_starts:
            raise ConfigError(
                f"masking.whole_words: the tokenizer of {job.model} marks where words end, not "
                "where they begin; set whole_words to false"
            )
        starts_V = table.word_start_T
    return TextKnowledge(starts_V, _recutting(job, tokenizer))


def _recutting(job: Job, tokenizer: Any) -> Recutting | None:
    from lingraft.tokenizers.subword_sampling import BpeDropout, UnigramSampling
    from lingraft.training.stochastok import Splits, StochasTok
    from lingraft.training.word_recutting import RecutWords

    recipe, backend = job.recipe, tokenizer.backend_tokenizer
    if recipe.stochastok:
        return StochasTok(Splits.of(tokenizer), recipe.stochastok)
    if recipe.bpe_dropout is not None:
        return RecutWords(tokenizer, BpeDropout(backend, recipe.bpe_dropout))
    if recipe.subword_sampling is not None:
        return RecutWords(tokenizer, UnigramSampling(backend, recipe.subword_sampling))
    return None


def _log_other_states(state: Path, identity: dict[str, Any]) -> None:
    """Log how the settings of other states differ from these; those states are left as they are."""
    for path in sorted(state.glob(f"*/{IDENTITY}")):
        try:
            other = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        changes = ", ".join(_differences(other, identity)) or "an earlier format"
        logger.info("%s has other settings (%s); starting anew beside it", path.parent, changes)


def _differences(old: Any, new: Any, prefix: str = "") -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return [
            text
            for key in keys
            for text in _differences(old.get(key), new.get(key), f"{prefix}.{key}")
        ]
    return [f"{prefix.removeprefix('.').removeprefix('recipe.')} {old!s:.20} -> {new!s:.20}"]
