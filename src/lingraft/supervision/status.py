"""The morning after: what is done, what runs, what failed and how to repair it, what comes next.

Read from what Snakemake and the programs leave behind anyway: a dry run, the marks of unfinished
outputs, logs, and the metrics of trainings.
"""

import json
import os
import re
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lingraft.config.experiment import Config
from lingraft.supervision.planned import PlannedJob

_INCOMPLETE = Path(".snakemake") / "incomplete"
_SLURM_LOGS = Path(".snakemake") / "slurm_logs"
_TAIL_BYTES = 20_000
_TAIL_LINES = 4

# What the end of a log says -> what repairs it. `{run}` is the command that runs the workflow.
_REPAIRS = (
    (
        r"out of memory|oom[-_ ]kill|MemoryError|can't allocate memory|Exceeded job memory|^Killed",
        "it needs more memory: set-resources {rule}: mem_mb in the profile, then: {run}",
    ),
    (r"No space left on device|is full", "free some space on the disk, then: {run}"),
    (r"training diverged", "lower pretraining.learning_rate (or clip more), then: {run}"),
    (r"the same command continues", "nothing is lost, it continues with: {run}"),
    (r"DUE TO TIME LIMIT", "it needs more time: set-resources {rule}: runtime, then: {run}"),
    (r"CANCELLED AT|received SIGTERM", "it was cancelled; it continues with: {run}"),
    (r"^error: ", "mend what the error names, then: {run}"),
)
_UNKNOWN = "read {log}; if the reason was the machine's, just: {run}"


@dataclass(frozen=True)
class Failure:
    """A job that ended without its outputs."""

    job: PlannedJob
    log: Path
    last_lines: Sequence[str]
    repair: str


@dataclass(frozen=True)
class Status:
    """An experiment at one moment."""

    experiment: str
    owner: str  # who holds the folder; empty if no run is going on
    done: Counter[str]  # kind of artifact -> how many are there and up to date
    running: Sequence[str]
    failed: Sequence[Failure]
    waiting: Counter[tuple[str, str]]  # rule and reason -> jobs
    run: str  # the command that does the rest


def read_status(config: Config, jobs: Sequence[PlannedJob], owner: str, run: str) -> Status:
    """Sort what a dry run plans into running, failed and waiting, and count the rest.

    Args:
        config: the experiment.
        jobs: what a rerun would do.
        owner: who runs the workflow just now, as words; empty for nobody.
        run: the command that runs it.
    """
    running, failed, waiting = [], [], Counter[tuple[str, str]]()
    for job in jobs:
        if owner and any(map(_is_begun, job.outputs)):
            running.append(f"{job.name}{_progress(config, job)}")
        elif (log := _newest_log(job)) and _has_failed(job, log):
            failed.append(_diagnose(job, log, run))
        else:
            waiting[job.rule, _why(job)] += 1
    done = _done(Path("results", config.experiment), jobs)
    return Status(config.experiment, owner, done, running, failed, waiting, run)


def _is_begun(output: Path) -> bool:
    """Whether Snakemake has marked an output as begun and not ended."""
    name = urlsafe_b64encode(str(output).encode()).decode()
    longest = os.pathconf(_INCOMPLETE, "PC_NAME_MAX") - 1 if _INCOMPLETE.is_dir() else 254
    parts = [name[i : i + longest] for i in range(0, len(name), longest)]
    return _INCOMPLETE.joinpath(*("@" + part for part in parts[:-1]), parts[-1]).exists()


def _has_failed(job: PlannedJob, log: Path) -> bool:
    """Whether the last attempt failed: only a success leaves a benchmark, after its last word."""
    if job.is_made:
        return False
    if job.benchmark is None:
        return _finds_trouble(log)
    made = job.benchmark
    return not made.exists() or made.stat().st_mtime < log.stat().st_mtime


def _finds_trouble(log: Path) -> bool:
    patterns = [pattern for pattern, _ in _REPAIRS] + ["^Traceback"]
    return any(re.search(p, _tail(log), re.MULTILINE | re.IGNORECASE) for p in patterns)


def _newest_log(job: PlannedJob) -> Path | None:
    """The log of the last attempt: the program's own, or Slurm's where that says nothing."""
    own = job.log if job.log and job.log.is_file() and job.log.stat().st_size else None
    of_slurm = _SLURM_LOGS.joinpath(f"rule_{job.rule}", "_".join(job.wildcards.values()))
    logs = sorted(of_slurm.glob("*.log"), key=lambda path: path.stat().st_mtime)
    if own and _finds_trouble(own):
        return own
    return logs[-1] if logs else own


def _diagnose(job: PlannedJob, log: Path, run: str) -> Failure:
    tail = _tail(log)
    advice = next(
        (a for p, a in _REPAIRS if re.search(p, tail, re.MULTILINE | re.IGNORECASE)), _UNKNOWN
    )
    lines = [line for line in tail.splitlines() if line.strip()]
    found = [line for line in lines if line.startswith("error: ")]
    return Failure(
        job, log, found[-1:] or lines[-_TAIL_LINES:], advice.format(rule=job.rule, run=run, log=log)
    )


def _tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", "replace")


def _progress(config: Config, job: PlannedJob) -> str:
    """Step and speed of a training that runs."""
    if job.rule == "pretrain":
        recipe = config.runs[job.wildcards["run"]].pretraining
    elif job.rule == "warm_up_head":
        head = config.models[job.wildcards["model"]].head
        recipe = head.pretraining if head else None
    else:
        return ""
    state = Path("state", *job.outputs[0].parent.parts[1:])
    files = sorted(state.glob("*/metrics.jsonl"), key=lambda path: path.stat().st_mtime)
    lines = [line for line in _tail(files[-1]).splitlines() if '"train"' in line] if files else []
    try:
        last = json.loads(lines[-1])
        total = config.pretraining[recipe].total_steps if recipe else 0
        return f": step {last['step']} of {total}, {last['tokens_per_second']:,.0f} tokens/s"
    except (IndexError, ValueError, KeyError):
        return ": starting"


def _why(job: PlannedJob) -> str:
    """Snakemake's reason in short, without the files and values it lists."""
    parts = [part.split(":")[0].strip().lower() for part in job.reason.split("; ")]
    parts = [part for part in dict.fromkeys(parts) if part]
    if "missing output files" in parts:
        return "not made yet"
    return ", ".join(parts) or "asked for"


def _done(results: Path, jobs: Sequence[PlannedJob]) -> Counter[str]:
    to_make = {output for job in jobs for output in job.outputs}
    found = [
        *results.rglob("manifest.json"),
        *results.glob("evaluation/**/*.json"),
        *results.glob("report/index.html"),
    ]
    return Counter(path.relative_to(results).parts[0] for path in found if path not in to_make)


def render(status: Status) -> str:
    """The status as text for a terminal."""
    total = sum(status.done.values())
    done = ", ".join(f"{count} {kind}" for kind, count in sorted(status.done.items()))
    lines = [f"{status.experiment}: {status.owner or 'no run is going on'}"]
    lines.append(f"done     {total} ({done})" if total else "done     nothing yet")
    lines += [f"running  {job}" for job in status.running]
    for failure in status.failed:
        lines.append(f"failed   {failure.job.name}   {failure.log}")
        lines += [f"         | {line}" for line in failure.last_lines]
        lines.append(f"         repair: {failure.repair}")
    for (rule, why), count in status.waiting.items():
        lines.append(f"to do    {count} {rule}: {why}")
    if not (status.running or status.failed or status.waiting):
        lines.append("everything is up to date")
    elif not status.owner:
        lines.append(f"next     {status.run}")
    return "\n".join(lines)
