"""The tasks by name, and the loop that runs them: a result that still holds is kept."""

import logging
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, get_args

from lingraft.config.checking import check_block
from lingraft.config.evaluation import MODEL_TASKS, Evaluation
from lingraft.errors import ConfigError
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.results import (
    Result,
    is_current,
    predictions_path,
    read_result,
    result_key,
    write_result,
)
from lingraft.evaluation.subject import Subject

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Where a task lives and what its scores depend on.

    Attributes:
        module: module with `protocol(settings)` and `evaluate(settings, subject)`; it is imported
            when the task runs, so that a task costs nothing to those who do not ask for it.
        reads: roles of the digests (by prefix) that determine the scores.
        packages: packages whose version is part of the result's key.
    """

    module: str
    reads: tuple[str, ...] = ("weights", "tokenizer", "corpora")
    packages: tuple[str, ...] = ()

    def protocol(self, settings: Any) -> str:
        """Id of the protocol that these settings amount to."""
        return str(self._load().protocol(settings))

    def evaluate(self, settings: Any, subject: Subject) -> Outcome:
        """Run the task."""
        outcome: Outcome = self._load().evaluate(settings, subject)
        return outcome

    def _load(self) -> Any:
        return import_module(f"lingraft.evaluation.{self.module}")


_SUPERVISED = ("weights", "tokenizer", "data")

TASKS: Mapping[str, Task] = {
    "language_model": Task("tasks.language_model"),
    "retrieval": Task("tasks.retrieval", ("weights", "tokenizer", "source", "corpora", "pivots")),
    "sr_t": Task("tasks.retrieval", ("weights", "tokenizer", "data")),
    "sr_b": Task("tasks.retrieval", ("weights", "tokenizer", "data")),
    "topics": Task(
        "tasks.topics", ("weights", "tokenizer", "source", "corpora", "pivots"), ("scikit-learn",)
    ),
    "xnli": Task("fine_tuning.classifier", _SUPERVISED),
    "ner": Task("fine_tuning.tagger", _SUPERVISED, ("seqeval",)),
    "pos": Task("fine_tuning.tagger", _SUPERVISED, ("seqeval",)),
    "text_classification": Task("fine_tuning.classifier", _SUPERVISED, ("scikit-learn",)),
    "taxi1500": Task("fine_tuning.classifier", _SUPERVISED, ("scikit-learn",)),
    "limit": Task("tasks.limit"),
    "efficiency": Task("tasks.efficiency", packages=("torch",)),
    "lm_harness": Task("tasks.lm_harness", _SUPERVISED, ("lm-eval",)),
    "tokenizer": Task("tasks.tokenizer", ("tokenizer", "source_tokenizer", "corpora", "pivots")),
    "lexicon": Task("tasks.lexicon", ("folder", "data"), ("scipy",)),
    "mteb": Task(
        "tasks.mteb",
        ("weights", "tokenizer", "source", "corpora", "pivots"),
        ("mteb", "datasets", "scikit-learn"),
    ),
}


def run_tasks(
    settings: Evaluation, subject: Subject, output: Path, only: str | None = None
) -> list[Path]:
    """Run every task of a model that has settings, or `only` one; return the result files.

    Args:
        settings: blocks of the tasks.
        subject: model and data.
        output: folder of `<task>.json`; with `only`, the result file itself.
        only: name of a single task.
    """
    if only is not None:
        path = output if output.suffix == ".json" else output / f"{only}.json"
        return [run_task(only, _settings_of(settings, only), subject, path)]
    names = [name for name in MODEL_TASKS if getattr(settings, name) is not None]
    if not names:
        raise ConfigError("the evaluation settings name no task of a model: nothing to do")
    return [
        run_task(name, getattr(settings, name), subject, output / f"{name}.json") for name in names
    ]


def run_task(name: str, settings: Any, subject: Subject, path: Path) -> Path:
    """Run one task unless `path`, or the state of a killed run, already answers the question."""
    task = TASKS[name]
    known = subject.model_digests | subject.data_digests
    digests = {role: digest for role, digest in known.items() if role.startswith(task.reads)}
    if dataset := getattr(settings, "data", None):  # other tasks' datasets change nothing here
        own = f"data/{dataset}"
        digests = {r: d for r, d in digests.items() if not r.startswith("data/") or r == own}
    versions = {package: _version(package) for package in ("lingraft", *task.packages)}
    plain = settings.model_dump(mode="json")
    protocol = task.protocol(settings)
    key = result_key(name, protocol, plain, digests, versions)
    if is_current(path, key) or _restore(subject.state, key, path):
        logger.info("%s: %s still holds", name, path)
        return path
    start = time.perf_counter()
    outcome = task.evaluate(settings, subject)
    seconds = round(time.perf_counter() - start, 3)
    result = Result(
        name, protocol, plain, digests, versions, key, outcome.scores, notes=outcome.notes,
        seconds=seconds,
    )  # fmt: skip
    write_result(path, result, outcome.predictions)
    _save(subject.state, key, path)
    _log(name, result)
    return path


def _settings_of(settings: Evaluation, name: str) -> Any:
    if name not in TASKS:
        raise ConfigError(f"there is no evaluation task {name!r}; there are {', '.join(TASKS)}")
    block = getattr(settings, name)
    if block is None:
        # By hand a task runs with its defaults, without a settings file.
        kind, _ = get_args(Evaluation.model_fields[name].annotation)
        block = check_block(kind, {}, f"evaluation.{name}")
    return block


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # an optional one; the task itself says what to install
        return "not installed"


def _save(state: Path | None, key: str, path: Path) -> None:
    """Snakemake deletes the outputs of a killed job; what the job finished survives in `state`."""
    if state is not None:
        _copy_result(path, _kept(state, key, path))


def _restore(state: Path | None, key: str, path: Path) -> bool:
    if state is None or not is_current(_kept(state, key, path), key):
        return False
    logger.info("%s: taken from the state of an earlier run", path)
    _copy_result(_kept(state, key, path), path)
    return True


def _kept(state: Path, key: str, path: Path) -> Path:
    return state / "results" / key[:16] / path.name


def _copy_result(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if read_result(source).predictions:
        shutil.copyfile(predictions_path(source), predictions_path(target))
    shutil.copyfile(source, target)


def _log(name: str, result: Result) -> None:
    for score in result.scores:
        shown = "not measured" if score.value is None else f"{score.value:.4f}"
        extra = " ".join(filter(None, (score.setting, score.system, score.note)))
        logger.info(
            "%s %s %s %s (n=%d) %s", name, score.language, score.metric, shown, score.n, extra
        )
    for note in result.notes:
        logger.warning("%s: %s", name, note)
