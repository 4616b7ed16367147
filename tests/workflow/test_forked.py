"""Jobs that the run's server forked make the same bits as those that start by themselves."""

import json

import pytest
from tests.workflow.project import Project

from lingraft.launch.forking.running import SWITCH

MADE = (
    "alignments/english-swahili",
    "tokens/swahili/swahili",
    "models/swahili/wechsel/seed-1/initialized",
)


def test_forked_jobs_make_the_same_bits(
    finished: Project, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SWITCH, "no")
    done = project.snakemake(*(f"results/tiny/{place}/manifest.json" for place in MADE))
    assert done.returncode == 0, done.stdout[-4000:]
    ordinary, forked = project.digests(), finished.digests()
    assert len(ordinary) > 30
    assert {name: forked[name] for name in ordinary} == ordinary


def test_benchmarks_have_what_forked_jobs_cost(finished: Project) -> None:
    benchmarks = (finished.folder / "results" / "tiny" / "benchmarks").rglob("*.jsonl")
    records = [json.loads(path.read_text("utf-8").splitlines()[-1]) for path in benchmarks]
    forked = [record for record in records if record["max_pss"] == "NA"]
    assert len(forked) > len(records) / 2
    assert all(record["cpu_time"] > 0.01 and record["max_rss"] > 10 for record in forked)
