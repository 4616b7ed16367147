"""How long jobs have been running, and how long they and the rest of a run will take."""

import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.experiment.configuration import Config
from lingraft.stages.trainings import state_folder
from lingraft.supervision.planned import PlannedJob

_INCOMPLETE = Path(".snakemake") / "incomplete"
_TAIL_BYTES = 20_000
_STEPS = ("converted", "ready")  # of source models


@dataclass(frozen=True)
class JobProgress:
    """A job that has begun: seconds since then, and what is known of its end."""

    elapsed: float
    remaining: float | None = None
    said: str = ""  # step and speed of a training

    def __str__(self) -> str:
        parts = [self.said] if self.said else []
        parts.append(f"for {duration(self.elapsed)}")
        if self.remaining is not None:
            parts.append(f"about {duration(self.remaining)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def progress(config: Config, job: PlannedJob) -> JobProgress | None:
    """How far a job is; None if it has not begun."""
    begun = [mark.stat().st_mtime for mark in map(_mark, job.outputs) if mark.exists()]
    if not begun:
        return None
    elapsed = max(0.0, time.time() - min(begun))
    if job.rule == "tune_encoder":
        return _of_tuning(elapsed, config.encoders[job.wildcards["encoder"]].total_steps, job)
    recipe = _recipe(config, job)
    return JobProgress(elapsed) if recipe is None else _of_training(elapsed, recipe, job)


def time_left(
    running: Sequence[tuple[PlannedJob, JobProgress]], waiting: Iterable[PlannedJob]
) -> str:
    """How long the rest of a run takes, if jobs take as long as finished ones of their kind did.

    Args:
        running: jobs that have begun; as many are taken to run at once from now on.
        waiting: all others that are to do.
    """
    took = {kind: sum(times) / len(times) for kind, times in _finished(running, waiting).items()}
    left, unknown = 0.0, 0
    for job, state in running:
        mean = took.get(_kind(job.benchmark))
        if state.remaining is not None:
            left += state.remaining
        elif mean is not None:
            left += max(0.0, mean - state.elapsed)
    for job in waiting:
        mean = took.get(_kind(job.benchmark))
        unknown += mean is None
        left += mean or 0.0
    told = f"about {duration(left / max(1, len(running)))}, with {max(1, len(running))} at once"
    return told + (f", and {unknown} jobs of kinds without a finished one" if unknown else "")


def _finished(
    running: Sequence[tuple[PlannedJob, JobProgress]], waiting: Iterable[PlannedJob]
) -> dict[tuple[str, ...], list[float]]:
    """Kind -> seconds of its finished jobs."""
    jobs = [*(job for job, _ in running), *waiting]
    places = {_root(job.benchmark) for job in jobs if job.benchmark}
    found: dict[tuple[str, ...], list[float]] = {}
    for path in (path for place in places for path in place.rglob("*.jsonl")):
        try:
            seconds = float(json.loads(path.read_text("utf-8").splitlines()[-1])["s"])
        except (OSError, ValueError, KeyError, IndexError):
            continue
        found.setdefault(_kind(path), []).append(seconds)
    return found


def _root(benchmark: Path) -> Path:
    parts = benchmark.parts
    return Path(*parts[: parts.index("benchmarks") + 1]) if "benchmarks" in parts else benchmark


def _kind(benchmark: Path | None) -> tuple[str, ...]:
    """What jobs of one rule have in common in the names of their benchmarks."""
    if benchmark is None:
        return ()
    parts = benchmark.relative_to(_root(benchmark)).parts
    if parts[0] == "models":  # seed-1-pretrained
        return (parts[0], benchmark.stem.split("-", 2)[-1])
    step = benchmark.stem.rpartition("-")[2]
    return (parts[0], step if step in _STEPS else parts[1] if len(parts) > 2 else "")


def _recipe(config: Config, job: PlannedJob) -> Pretraining | None:
    if job.rule == "pretrain":
        run, initialization = job.wildcards["run"], job.wildcards["initialization"]
        name = config.runs[run].recipe_of(initialization)
    elif job.rule == "warm_up_head":
        head = config.models[job.wildcards["model"]].head
        name = head.pretraining if head else None
    else:
        return None
    return config.pretraining[name] if name else None


def _of_training(elapsed: float, recipe: Pretraining, job: PlannedJob) -> JobProgress:
    try:
        last = _lines(state_folder(job.outputs[0].parent), "train")[-1]
        step, speed = last["step"], last["tokens_per_second"]
        whole = _most_tokens(recipe, recipe.total_steps)
        # Rows that a teacher reads too are shorter than the longest.
        left = whole * last["tokens"] / _most_tokens(recipe, step) - last["tokens"]
        said = f"step {step} of {recipe.total_steps}, {speed:,.0f} tokens/s"
        return JobProgress(elapsed, max(0.0, left) / speed, said)
    except (LookupError, ValueError, TypeError, ZeroDivisionError):
        return JobProgress(elapsed, None, "starting")


def _most_tokens(recipe: Pretraining, step: int) -> int:
    """Tokens that the first steps of a training read if all rows are as long as they can be."""
    tokens = 0
    for stage in recipe.all_stages:
        steps = min(step, stage.steps)
        tokens += steps * stage.batch_size * stage.sequence_length
        step -= steps
    return tokens


def _of_tuning(elapsed: float, steps: int, job: PlannedJob) -> JobProgress:
    """By the pace since the line before: the first steps waited for what their loss prepares."""
    try:
        *before, last = _lines(state_folder(job.outputs[0].parent), "tune")
        first = before[-1] if before else {"step": 0, "seconds": 0.0}
        pace = (last["seconds"] - first["seconds"]) / (last["step"] - first["step"])
        said = f"step {last['step']} of {steps}"
        return JobProgress(elapsed, max(0.0, steps - last["step"]) * pace, said)
    except (LookupError, ValueError, TypeError, ZeroDivisionError):
        return JobProgress(elapsed, None, "starting")


def _lines(state: Path, kind: str) -> list[dict[str, Any]]:
    """The last two lines of a kind in the newest metrics below a state, or the one there is."""
    files = sorted(state.glob("*/metrics.jsonl"), key=lambda path: path.stat().st_mtime)
    whole = tail(files[-1]).splitlines()
    if files[-1].stat().st_size > _TAIL_BYTES:
        whole = whole[1:]  # it may be cut
    return [json.loads(line) for line in whole if f'"{kind}"' in line][-2:]


def tail(path: Path) -> str:
    """The end of a text file."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", "replace")


def _mark(output: Path) -> Path:
    """Where Snakemake marks an output as begun and not ended."""
    # Snakemake cuts a name in base64 that is too long for the file system into folders. Each folder
    # begins with "@", which takes one of the characters.
    name = urlsafe_b64encode(str(output).encode()).decode()
    longest = os.pathconf(_INCOMPLETE, "PC_NAME_MAX") - 1 if _INCOMPLETE.is_dir() else 254
    parts = [name[i : i + longest] for i in range(0, len(name), longest)]
    return _INCOMPLETE.joinpath(*("@" + part for part in parts[:-1]), parts[-1])
