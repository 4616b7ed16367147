"""The embedded default before and after: CPU seconds and jobs by rule, and how long it takes.

    python benchmarks/default.py --after CHECKOUT [--before CHECKOUT] [--fresh true]

A checkout has a finished run, whose records Snakemake wrote; their rules are those of the
checkout. `--fresh true` runs both first, one after the other: each is installed, then timed to its
report, and timed once more when there is nothing to do. `--preset tiny` only shows that this works.
"""

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lingraft.config.yaml_files import read_yaml
from lingraft.errors import InputError
from lingraft.program import run
from lingraft.reporting.collected.job_costs import read_number, read_records
from machine import commit_of, processor

ROOT = Path(__file__).parents[1]
_RULE = re.compile(r"^(?:use )?rule (?:\w+ as )?(\w+)")
_RECORD = re.compile(r'^\s+"<benchmarks>/(.+)"')


@dataclass
class Cost:
    """What the jobs of a rule took."""

    jobs: int = 0
    cpu: float = 0.0


@dataclass
class Side:
    """A checkout with its finished run."""

    checkout: Path
    results: Path
    costs: dict[str, Cost] = field(default_factory=dict)
    times: list[str] = field(default_factory=list)

    @property
    def total(self) -> Cost:
        """All jobs together."""
        costs = self.costs.values()
        return Cost(sum(cost.jobs for cost in costs), sum(cost.cpu for cost in costs))

    @property
    def commit(self) -> str:
        """The commit, with a mark where files have changed since."""
        return commit_of(self.checkout)


def read_side(checkout: Path, config: str, *, fresh: bool) -> Side:
    """Read the costs of a checkout's run, after it if it is asked for.

    Args:
        checkout: folder of the repository.
        config: the configuration, a path in it.
        fresh: whether to run it.

    Raises:
        InputError: there are no records, or there are some before a fresh run.
    """
    experiment = str(read_yaml(checkout / config)["experiment"])
    side = Side(checkout, checkout / "results" / experiment)
    if fresh:
        if side.results.exists():
            raise InputError(f"{side.results} exists, so a run is not a fresh one; move it away")
        side.times = [_made(checkout, config, "install"), *(_made(checkout, config) for _ in "12")]
    rules = dict(_rules(checkout))
    records = side.results / "benchmarks"
    for path in sorted(records.rglob("*.jsonl")):
        name = path.relative_to(records).as_posix()
        cost = side.costs.setdefault(_rule_of(name, rules), Cost())
        for record in read_records(path):  # a job that was tried again has several
            cost.jobs, cost.cpu = cost.jobs + 1, cost.cpu + (read_number(record, "cpu_time") or 0.0)
    if not side.costs:
        raise InputError(f"{records} has no records; run `make run CONFIG={config}` there")
    return side


def _made(checkout: Path, config: str, what: str = "run") -> str:
    """Run make in a checkout, with its own library; how long that took."""
    hidden = ("PYTHONPATH", "MAKEFLAGS", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    target = ".venv/.run" if what == "install" else what
    started = time.monotonic()
    subprocess.run(
        ["make", "-C", str(checkout), target, f"CONFIG={config}"],
        env=environment, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return f"{what} {time.monotonic() - started:.1f} s"


def _rules(checkout: Path) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Each rule, and the names of its records; a name with fewer wildcards comes first."""
    found = []
    for path in sorted((checkout / "workflow" / "rules").glob("*.smk")):
        rule = ""
        for line in path.read_text("utf-8").splitlines():
            if begun := _RULE.match(line):
                rule = begun[1]
            elif record := _RECORD.match(line):
                found.append((rule, record[1]))
    # Merges have the names of tunings, and mined sets those of others: they count as the latter.
    for rule, name in sorted(found, key=lambda one: one[1].count("{")):
        parts = re.split(r"\{\w+\}", name)
        yield rule, re.compile("[^/]+".join(map(re.escape, parts)))


def _rule_of(name: str, rules: Mapping[str, re.Pattern[str]]) -> str:
    rule = next((rule for rule, names in rules.items() if names.fullmatch(name)), "other")
    if rule != "evaluate":
        return rule
    step = re.search(r"seed-\w+-([\w-]+)\.jsonl$", name)  # as states have different tasks
    return f"evaluate {step[1]}" if step else rule


def table(sides: Mapping[str, Side]) -> Iterator[str]:
    """Lines: jobs and CPU seconds of each rule on each side, and how much less the last took."""
    yield "rule".ljust(28) + "".join(f"{name + ': jobs':>14}{'CPU s':>9}" for name in sides)
    rules = {rule: None for side in sides.values() for rule in side.costs}
    order = sorted(
        rules, key=lambda rule: -max(s.costs.get(rule, Cost()).cpu for s in sides.values())
    )
    rows = [(rule, [side.costs.get(rule, Cost()) for side in sides.values()]) for rule in order]
    for rule, costs in [*rows, ("all", [side.total for side in sides.values()])]:
        line = rule.ljust(28) + "".join(f"{cost.jobs:>14}{cost.cpu:>9.1f}" for cost in costs)
        after = costs[-1].cpu
        yield line + (f"{costs[0].cpu / after:>8.2f} x" if len(costs) > 1 and after else "")


def main(
    after: Path | None = None,
    before: Path | None = None,
    config: str = "config/config.yaml",
    fresh: bool = False,
    preset: str = "full",
) -> None:
    """Print what a run took, or two runs beside each other.

    Args:
        after: checkout of the newer side; this one, if it has a run, where none is given.
        before: checkout of the older side.
        config: the configuration, a path within a checkout.
        fresh: run each checkout first, which has no results yet.
        preset: full, or tiny.
    """
    with tempfile.TemporaryDirectory() as folder:
        if preset == "tiny":
            before, after = (_made_up(Path(folder) / name) for name in ("before", "after"))
            config, fresh = "tiny.yaml", True
        elif after is None and not fresh and not (ROOT / "results").exists():
            print("this checkout has no results; name one with --after")
            return
        print(f"{processor()}, load {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
        given = {"before": before, "after": after or ROOT}
        sides = {
            name: read_side(checkout, config, fresh=fresh)
            for name, checkout in given.items()
            if checkout is not None
        }
        for name, side in sides.items():
            print(f"{name}: {side.commit}, {config}", *side.times, sep=", ")
        print(*table(sides), sep="\n", flush=True)


def _made_up(checkout: Path) -> Path:
    """A folder that looks like a checkout, whose run writes the records of two jobs."""
    checkout.mkdir()
    (checkout / "workflow").symlink_to(ROOT / "workflow")
    (checkout / "tiny.yaml").write_text("experiment: tiny\n", "utf-8")
    records = "results/tiny/benchmarks"
    lines = [".venv/.run:", "run:", f"\t@mkdir -p {records}/corpora {records}/models/r/i"]
    for name in ("corpora/english", "models/r/i/seed-1-pretrained"):
        lines.append(f"""\t@echo '{{"cpu_time": 1.5}}' > {records}/{name}.jsonl""")
    (checkout / "Makefile").write_text("\n".join(lines) + "\n", "utf-8")
    return checkout


if __name__ == "__main__":
    run(main)
