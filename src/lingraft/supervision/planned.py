"""What Snakemake would do now, and why: its dry run as Python objects."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lingraft.errors import LingraftError
from lingraft.launch.slurm import without_waiting
from lingraft.supervision.request import PROFILES, require_cache


@dataclass(frozen=True)
class PlannedJob:
    """One job of a dry run."""

    rule: str
    outputs: Sequence[Path]
    log: Path | None
    reason: str
    wildcards: Mapping[str, str] = field(default_factory=dict)
    benchmark: Path | None = None

    @property
    def name(self) -> str:
        """Rule and wildcards, to name the job in messages."""
        return " ".join([self.rule, "/".join(self.wildcards.values())]).strip()

    @property
    def is_made(self) -> bool:
        """Whether all of its outputs are there already."""
        return bool(self.outputs) and all(path.exists() for path in self.outputs)


@dataclass(frozen=True)
class DryRun:
    """A plan, and the text that Snakemake printed."""

    jobs: Sequence[PlannedJob]
    printed: str


def planned_jobs(config: Path, profile: str, arguments: Sequence[str] = ()) -> list[PlannedJob]:
    """The jobs that a run would do now without target rules, in Snakemake's order.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        arguments: more options for Snakemake.

    Raises:
        LingraftError: Snakemake cannot plan; the message is its own.
    """
    return list(dry_run(config, profile, arguments).jobs)


def dry_run(config: Path, profile: str, arguments: Sequence[str] = ()) -> DryRun:
    """Let Snakemake plan.

    Args:
        config: the configuration file.
        profile: a folder of profiles/.
        arguments: more options for Snakemake.

    Raises:
        LingraftError: Snakemake cannot plan, or does not say what it would do.
    """
    require_cache()
    with tempfile.TemporaryDirectory(prefix="lingraft-plan-") as folder:
        plan = Path(folder, "plan.json")
        command = [
            *(sys.executable, "-m", "lingraft.supervision.dry_run", str(plan)),
            *("--configfile", str(config)),
            *("--workflow-profile", str(PROFILES / profile)),
            *("--cores", "1", *arguments),
        ]
        done = subprocess.run(
            command,
            env=os.environ | without_waiting(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode or not plan.exists():
            raise LingraftError(f"Snakemake cannot plan this: {_problem(done.stdout)}")
        return DryRun(read_plan(json.loads(plan.read_text("utf-8"))), done.stdout)


def read_plan(content: Mapping[str, Any]) -> list[PlannedJob]:
    """The jobs of a plan that `lingraft.supervision.dry_run` wrote, without target rules.

    Raises:
        LingraftError: Snakemake counts other jobs than it describes: no plan is no consent.
    """
    jobs = content["jobs"]
    if content["total"] != len(jobs):
        raise LingraftError(
            f"Snakemake counts {content['total']} jobs and describes {len(jobs)}; without knowing "
            "the whole plan nothing is started: give fewer options in ARGS"
        )
    return [_job(job) for job in jobs if job["outputs"]]


def _problem(printed: str) -> str:
    """What Snakemake says last; without its hundred options, where its parser refuses one."""
    _, refused, problem = printed.rpartition("dry_run.py: error: ")
    return (problem if refused else printed).strip()[-2000:]


def _job(said: Mapping[str, Any]) -> PlannedJob:
    return PlannedJob(
        said["rule"],
        [Path(output) for output in said["outputs"]],
        Path(said["log"]) if said["log"] else None,
        said["reason"],
        said["wildcards"],
        Path(said["benchmark"]) if said["benchmark"] else None,
    )
