"""Jobs that the run's server forked make the same bits as those that start by themselves."""

import json
from dataclasses import replace

import pytest
from tests.workflow.project import Project

from lingraft.evaluation.results import TaskResult, read_result
from lingraft.launch.forking.running import SWITCH

MADE = (
    "alignments/english-swahili",
    "tokens/swahili/swahili",
    "models/swahili/wechsel/seed-1/initialized",
)
MEASURED = "results/tiny/evaluation/swahili/wechsel/seed-1/initialized"


def test_forked_jobs_make_the_same_bits(
    finished: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "no")
    task = f"{MEASURED}/language_model.json"
    done = project.snakemake(*(f"results/tiny/{place}/manifest.json" for place in MADE), task)
    assert done.returncode == 0, done.stdout[-4000:]
    assert _measured(project) == _measured(finished)
    ordinary, forked = project.digests(), finished.digests()
    assert len(ordinary) > 30
    assert {name: forked[name] for name in ordinary} == ordinary


def _measured(project: Project) -> dict[str, TaskResult]:
    """The results of an evaluation, with the digests of their predictions."""
    paths = (project.folder / MEASURED).glob("*.json")
    return {path.name: replace(read_result(path), seconds=0.0) for path in paths}


def test_benchmarks_have_what_forked_jobs_cost(finished: Project) -> None:
    benchmarks = (finished.folder / "results" / "tiny" / "benchmarks").rglob("*.jsonl")
    records = [json.loads(path.read_text("utf-8").splitlines()[-1]) for path in benchmarks]
    forked = [record for record in records if record["max_pss"] == "NA"]
    assert len(forked) > len(records) / 2
    assert all(record["cpu_time"] > 0.01 and record["max_rss"] > 10 for record in forked)
