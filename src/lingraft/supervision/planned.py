"""What Snakemake would do now, and why: its dry run, read."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lingraft.errors import LingraftError

_HEAD = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):$")
_FIELD = re.compile(r"^ {4}(\w+): (.*)$")


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
        """Rule and wildcards, as a person speaks of the job."""
        return " ".join([self.rule, "/".join(self.wildcards.values())]).strip()

    @property
    def is_made(self) -> bool:
        """Whether all of its outputs are there already."""
        return bool(self.outputs) and all(path.exists() for path in self.outputs)


def planned_jobs(config: Path, profile: str, arguments: Sequence[str] = ()) -> list[PlannedJob]:
    """The jobs that a run would do now, but for target rules, in Snakemake's order.

    Raises:
        LingraftError: Snakemake cannot plan; the message is its own.
    """
    command = [
        str(Path(sys.executable).with_name("snakemake")),
        *("--configfile", str(config)),
        *("--workflow-profile", f"profiles/{profile}"),
        *("--cores", "1", "--dry-run", "--quiet", "host", "--nocolor", *arguments),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode:
        raise LingraftError(f"Snakemake cannot plan this: {said.strip()[-2000:]}")
    return [job for job in parse_plan(said) if job.outputs]


def parse_plan(text: str) -> list[PlannedJob]:
    """Read the jobs from the output of a dry run."""
    blocks: list[tuple[str, dict[str, str]]] = []
    for line in text.splitlines():
        if head := _HEAD.match(line):
            blocks.append((head[1], {}))
        elif blocks and (found := _FIELD.match(line)):
            blocks[-1][1].setdefault(found[1], found[2])
    return [_job(rule, fields) for rule, fields in blocks]


def _job(rule: str, fields: Mapping[str, str]) -> PlannedJob:
    wildcards = [pair.partition("=") for pair in _items(fields.get("wildcards", ""))]
    log = _items(fields.get("log", ""))
    return PlannedJob(
        rule,
        [Path(item) for item in _items(fields.get("output", ""))],
        Path(log[0]) if log else None,
        fields.get("reason", ""),
        {name: value for name, _, value in wildcards},
        Path(fields["benchmark"]) if "benchmark" in fields else None,
    )


def _items(text: str) -> list[str]:
    return [item.partition(" (")[0] for item in text.split(", ") if item]
