"""The state of an experiment: what is done, running, failed (and how to repair it), and to do.

It is read from a dry run, the marks of unfinished outputs, logs, and the metrics of trainings.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lingraft.artifacts import lost_file
from lingraft.experiment.configuration import Config
from lingraft.experiment.folders import results_folder
from lingraft.supervision.planned import PlannedJob
from lingraft.supervision.progress import JobProgress, progress, tail, time_left

_SLURM_LOGS = Path(".snakemake") / "slurm_logs"
_TAIL_LINES = 4

# What the end of a log says -> what repairs it. `{run}` is the command that runs the workflow.
_REPAIRS = (
    (
        r"out of memory|oom[-_ ]kill|MemoryError|can't allocate memory|Exceeded job memory|^Killed",
        "it needs more memory: set-resources {rule}: mem_mb in the profile, then: {run}",
    ),
    (r"No space left on device|is full", "free some space on the disk, then: {run}"),
    (r"training diverged", "lower the learning_rate of the recipe (or clip more), then: {run}"),
    (r"the same command continues", "nothing is lost, it continues with: {run}"),
    (r"DUE TO TIME LIMIT", "it needs more time: set-resources {rule}: runtime, then: {run}"),
    (r"CANCELLED AT|received SIGTERM", "it was cancelled; it continues with: {run}"),
    (r"^error: ", "correct what the error names, then: {run}"),
)
_UNKNOWN = "read {log}; if the machine was the reason, just: {run}"


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
    owner: str  # the run that uses the folder; empty if there is none
    done: Counter[str]  # kind of artifact -> how many are there and up to date
    running: Sequence[str]
    failed: Sequence[Failure]
    waiting: Counter[tuple[str, str]]  # rule and reason -> jobs
    run: str  # the command that does the rest
    left: str = ""  # how long a run that goes on will still take
    lost: Sequence[str] = ()  # finished artifacts that lack a file, one line each


def read_status(config: Config, jobs: Sequence[PlannedJob], owner: str, run: str) -> Status:
    """Sort what a dry run plans into running, failed and waiting, and count the rest.

    Args:
        config: the experiment.
        jobs: what a rerun would do.
        owner: a sentence about the run that uses the folder now; empty if there is none.
        run: the command that runs it.
    """
    running: list[tuple[PlannedJob, JobProgress]] = []
    failed, waiting = [], []
    for job in jobs:
        if owner and (state := progress(config, job)) is not None:
            running.append((job, state))
        elif (log := _newest_log(job)) and _has_failed(job, log):
            failed.append(_diagnose(job, log, run))
        else:
            waiting.append(job)
    results = results_folder(config.experiment)
    done = _done(results, jobs)
    return Status(
        config.experiment,
        owner,
        Counter(path.relative_to(results).parts[0] for path in done),
        [f"{job.name}: {state}" for job, state in running],
        failed,
        Counter((job.rule, _why(job)) for job in waiting),
        run,
        time_left(running, waiting) if running else "",
        [] if owner else _lost(done),
    )


def _has_failed(job: PlannedJob, log: Path) -> bool:
    """Whether the last attempt failed: only a success writes a benchmark, after the log."""
    if job.is_made:
        return False
    if job.benchmark is None:
        return _finds_trouble(log)
    made = job.benchmark
    return not made.exists() or made.stat().st_mtime < log.stat().st_mtime


def _finds_trouble(log: Path) -> bool:
    patterns = [pattern for pattern, _ in _REPAIRS] + ["^Traceback"]
    return any(re.search(p, tail(log), re.MULTILINE | re.IGNORECASE) for p in patterns)


def _newest_log(job: PlannedJob) -> Path | None:
    """The log of the last attempt: the program's own, or Slurm's where that says nothing."""
    own = job.log if job.log and job.log.is_file() and job.log.stat().st_size else None
    of_slurm = _SLURM_LOGS.joinpath(f"rule_{job.rule}", "_".join(job.wildcards.values()))
    logs = sorted(of_slurm.glob("*.log"), key=lambda path: path.stat().st_mtime)
    if own and _finds_trouble(own):
        return own
    return logs[-1] if logs else own


def _diagnose(job: PlannedJob, log: Path, run: str) -> Failure:
    end = tail(log)
    advice = next(
        (a for p, a in _REPAIRS if re.search(p, end, re.MULTILINE | re.IGNORECASE)), _UNKNOWN
    )
    lines = [line for line in end.splitlines() if line.strip()]
    found = [line for line in lines if line.startswith("error: ")]
    return Failure(
        job, log, found[-1:] or lines[-_TAIL_LINES:], advice.format(rule=job.rule, run=run, log=log)
    )


def _why(job: PlannedJob) -> str:
    """Snakemake's reason in short, without the files and values it lists."""
    parts = [part.split(":")[0].strip().lower() for part in job.reason.split("; ")]
    parts = [part for part in dict.fromkeys(parts) if part]
    if "missing output files" in parts:
        return "not made yet"
    return ", ".join(parts) or "asked for"


def _done(results: Path, jobs: Sequence[PlannedJob]) -> list[Path]:
    """Manifests, results and the report that are finished and not to be made again."""
    to_make = {output for job in jobs for output in job.outputs}
    found = [
        *results.rglob("manifest.json"),
        *results.glob("evaluation/**/*.json"),
        *results.glob("report/index.html"),
    ]
    return [path for path in found if path not in to_make]


def _lost(done: Sequence[Path]) -> list[str]:
    """Artifacts that count as made, but lack a file: Snakemake looks at the manifest alone."""
    manifests = sorted({path for path in done if path.name == "manifest.json"})
    return [line for path in manifests if (line := lost_file(path.parent))]


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
    lines += [f"lost     {line}" for line in status.lost]
    for (rule, why), count in status.waiting.items():
        lines.append(f"to do    {count} {rule}: {why}")
    if status.left:
        lines.append(f"left     {status.left}")
    if not (status.running or status.failed or status.waiting or status.lost):
        lines.append("everything is up to date")
    elif not status.owner:
        lines.append(f"next     {status.run}")
    return "\n".join(lines)
