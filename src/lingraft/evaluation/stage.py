"""The loop that runs the tasks; a stored result that still answers the question is kept."""

import logging
import shutil
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lingraft.config.checking import check_block
from lingraft.config.names import nearest
from lingraft.corpus.normalizing import described
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.configuration import Evaluation
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.results import (
    TaskResult,
    is_current,
    predictions_path,
    read_result,
    result_key,
    write_result,
)
from lingraft.evaluation.subject import ARITHMETIC, ModelSubject, Subject
from lingraft.evaluation.task import Task
from lingraft.evaluation.tasks import TASKS, metric_of

logger = logging.getLogger(__name__)


def run_tasks(
    settings: Evaluation, subject: Subject, output: Path, only: str | None = None
) -> list[Path]:
    """Run every task on a subject that has settings, or `only` one; return the result files.

    Args:
        settings: the tasks.
        subject: what is measured, and the data.
        output: folder of `<task>.json`; with `only`, the result file itself.
        only: name of a single task.

    Raises:
        ConfigError: no task has settings, or none of that name exists or measures the subject.
    """
    if isinstance(subject, ModelSubject):
        subject.compute_in(settings.precision)
    if only is not None:
        path = output if output.suffix == ".json" else output / f"{only}.json"
        return [run_task(_task(settings, only, subject), subject, path)]
    chosen = settings.chosen(type(subject))
    if not chosen:
        raise ConfigError(f"the evaluation settings name no task of a {subject.kind}")
    return [run_task(task, subject, output / f"{name}.json") for name, task in chosen.items()]


def run_task(task: Task[Any], subject: Subject, path: Path) -> Path:
    """Run one task unless `path`, or the state of a killed run, already answers the question.

    Args:
        task: the task with its settings.
        subject: what is measured, and the data.
        path: the result file.

    Raises:
        ValueError: the task returns a score that it does not declare, a defect of its code.
    """
    _check_texts(task, subject)
    digests = _digests(task, subject)
    versions = {package: _version(package) for package in ("lingraft", *task.packages)}
    settings = task.model_dump(mode="json")
    protocol = task.protocol()
    key = result_key(task.name, protocol, settings, digests, versions)
    if is_current(path, key) or _restore(subject.state, key, path):
        logger.info("%s: %s is current", task.name, path)
        return path
    start = time.perf_counter()
    outcome = task.measure(subject)
    _require_declared(task, outcome)
    seconds = round(time.perf_counter() - start, 3)
    result = TaskResult(
        task.name, protocol, settings, digests, versions, key, outcome.scores, notes=outcome.notes,
        seconds=seconds, arithmetic=_arithmetic(task, subject),
    )  # fmt: skip
    write_result(path, result, outcome.predictions)
    _save(subject.state, key, path)
    _log(result)
    return path


def _check_texts(task: Task[Any], subject: Subject) -> None:
    """All text of a task is written as the subject learned it, or the task is refused."""
    subject.check_texts()
    if task.brings_texts and subject.door.mark:
        raise InputError(
            f"the task {task.name} brings texts of its own, and {subject.folder} learned text with "
            f"the normalizer {described(subject.door.mark)}: leave the task out for this model"
        )


def _digests(task: Task[Any], subject: Subject) -> dict[str, str]:
    """The digests that determine the scores, by role; other tasks' datasets change nothing here."""
    known = subject.own_digests | subject.data_digests
    if "data" in type(task).model_fields:
        own = f"data/{getattr(task, 'data', None)}"
        known = {
            role: d for role, d in known.items() if not role.startswith("data/") or role == own
        }
    # startswith takes a tuple: the role begins with one of `task.reads`.
    reads = (*task.reads, f"generators/{task.trained_generator}")
    if not task.has_own_precision:
        reads = (*reads, ARITHMETIC)
    return {role: digest for role, digest in known.items() if role.startswith(reads)}


def _arithmetic(task: Task[Any], subject: Subject) -> str:
    """What the task's forward passes were computed in; empty where the task reads no model."""
    if not isinstance(subject, ModelSubject) or task.has_own_precision:
        return ""
    return subject.arithmetic


def _task(settings: Evaluation, name: str, subject: Subject) -> Task[Any]:
    """The task's settings; by hand it runs with its defaults, without a settings file."""
    kind = TASKS.get(name)
    if kind is None:
        raise ConfigError(f"there is no evaluation task {name!r}; {nearest(name, list(TASKS))}")
    if kind.measures is not type(subject):
        wanted, given = kind.measures.kind, subject.kind
        raise ConfigError(f"the task {name} measures a subject of kind {wanted}, not {given}")
    return settings.task(name) or check_block(kind, {}, f"evaluation.{name}")


def _require_declared(task: Task[Any], outcome: Outcome) -> None:
    """Reports rank by the declared direction; tasks of other packages declare no metrics."""
    measured = [score for score in outcome.scores if score.value is not None]
    for score in measured if task.metrics else ():
        known = metric_of(task.name, score.metric)
        if known is None or known.better != score.better:
            raise ValueError(f"{task.name} does not declare {score.metric} as {score.better}")


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
    # The result is copied last: predictions without a result are never read.
    if read_result(source).predictions:
        shutil.copyfile(predictions_path(source), predictions_path(target))
    shutil.copyfile(source, target)


def _log(result: TaskResult) -> None:
    for score in result.scores:
        shown = "not measured" if score.value is None else f"{score.value:.4f}"
        extra = " ".join(filter(None, (score.setting, score.system, score.note)))
        logger.info(
            "%s %s %s %s (n=%d) %s",
            result.task, score.language, score.metric, shown, score.n, extra,
        )  # fmt: skip
    for note in result.notes:
        logger.warning("%s: %s", result.task, note)
