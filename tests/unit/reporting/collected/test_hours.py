"""Hours are those of CPUs or GPUs: the clock of a shared machine is never taken for them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from synthetic import configuration, make, write_results

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, JobCost
from lingraft.reporting.collected.hours import (
    CPU,
    GPU,
    gpu_seconds,
    hours_label,
    initialization_seconds,
)
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.curves import matches
from lingraft.reporting.tables.curves import match_table
from lingraft.stages import references
from lingraft.stages.references import EvidenceNames
from lingraft.stages.trainings import TrainingId, trainings

WECHSEL = TrainingId("swahili", "wechsel", 1)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(_config(), tmp_path_factory.mktemp("hours"), 10, 10)


def _config() -> Config:
    return configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))


@pytest.fixture
def collection(results: Path) -> Collected:
    return collect(_config(), results)


def changed(collection: Collected, **values: Any) -> Collected:
    """The collection with these values in every line of every curve; None takes a key away."""

    def line(old: Any) -> dict[str, Any]:
        new = {**old} | {k: v(old) if callable(v) else v for k, v in values.items()}
        return {key: value for key, value in new.items() if value is not None}

    curves = {
        training: [line(old) for old in lines] for training, lines in collection.curves.items()
    }
    return replace(collection, curves=curves)


def test_hours_say_what_they_are_hours_of(collection: Collected) -> None:
    assert hours_label(collection) == CPU
    assert hours_label(changed(collection, device="NVIDIA H200")) == GPU
    assert hours_label(changed(collection, cpu_seconds=None)) == ""
    one = changed(collection, device="NVIDIA H200").curves[WECHSEL]
    mixed = replace(collection, curves={**collection.curves, WECHSEL: one})
    assert hours_label(mixed) == ""


def test_a_busy_machine_changes_nothing(collection: Collected) -> None:
    slow = changed(collection, seconds=lambda line: 10 * line["seconds"])
    assert matches(_config(), slow) == matches(_config(), collection)


def test_without_measured_time_there_is_no_axis_of_hours(collection: Collected) -> None:
    unknown = changed(collection, cpu_seconds=None)
    found = matches(_config(), unknown)
    assert {match.catch_up.axis for match in found} == {"steps", "tokens"}
    table = match_table(found, hours_label(unknown))
    assert not [column for column in table.columns if "hours" in column.key]
    assert "Hours are left out" in table.note


def test_initialization_counts(collection: Collected) -> None:
    config = _config()
    costly = [
        replace(job, cpu_seconds=500.0) if job.training == WECHSEL and "init" in job.stage else job
        for job in collection.costs
    ]
    before, after = (
        next(m.catch_up for m in matches(config, c) if m.catch_up.axis == "hours")
        for c in (collection, replace(collection, costs=costly))
    )
    assert after.budget - before.budget == pytest.approx((500 - 21.25) / 3600)
    assert after.speed_up < before.speed_up


def test_a_start_that_needs_no_training_still_costs_its_initialization(
    collection: Collected,
) -> None:
    ahead = changed(collection)
    for line in ahead.curves[WECHSEL]:
        line["bits_per_byte"] = 0.1  # type: ignore[index]
    found = {m.catch_up.axis: m.catch_up for m in matches(_config(), ahead)}
    assert found["steps"].budget == 0
    assert found["hours"].budget == pytest.approx(21.25 / 3600)


def test_what_only_this_method_needs_counts(
    collection: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    evidence = EvidenceNames(alignments=("english-swahili",))
    monkeypatch.setattr(references, "evidence", lambda *_: evidence)
    config = _config()
    target = config.alignments["english-swahili"].target
    needed = [("alignments", "english-swahili"), ("vectors", "english"), ("vectors", target)]
    jobs = [JobCost(stage, name, 9.0, None, 100.0) for stage, name in needed]
    whole = replace(collection, costs=[*collection.costs, *jobs])
    assert initialization_seconds(config, whole, WECHSEL) == pytest.approx(321.25)
    partly = replace(collection, costs=[*collection.costs, *jobs[1:]])
    assert initialization_seconds(config, partly, WECHSEL) is None


def test_gpu_hours_of_a_training_that_changed_its_processes() -> None:
    lines = [{"seconds": 1800, "processes": 4}, {}, {"seconds": 5400, "processes": 1}]
    assert gpu_seconds(lines) == [7200.0, 7200.0, 10800.0]


def test_a_stopped_training_costs_all_of_its_starts(results: Path) -> None:
    """Snakemake has the last job's figures; the training itself counts from its first start."""
    config = _config()
    own = {job.training: job for job in collect(config, results).costs if job.stage == "pretrained"}
    assert set(own) == set(trainings(config))
    assert own[WECHSEL].cpu_seconds == pytest.approx(31.0 * 1.7)
    path = results / "models" / WECHSEL.folder / "pretrained" / "metrics.jsonl"
    text = path.read_text()
    line = {"kind": "train", "step": 60, "seconds": 4000, "cpu_seconds": 7000}
    make(path.parent, "model", path.name, text + json.dumps(line) + "\n")
    try:
        costs = collect(config, results).costs
    finally:
        make(path.parent, "model", path.name, text)
    [job] = [j for j in costs if j.training == WECHSEL and j.stage == "pretrained"]
    assert (job.seconds, job.cpu_seconds) == (4000.0, 7000.0)


@pytest.mark.parametrize(
    ("place", "stage"),
    [
        ("source_models/minilm-tokens-english", "tokens"),
        ("source_models/minilm-ready", "ready"),
        ("source_models/minilm-converted", "converted"),
        ("shards/swahili-0", "shards"),
        ("vectors/english", "vectors"),
    ],
)
def test_a_job_is_known_by_its_place(tmp_path: Path, place: str, stage: str) -> None:
    """Not by its rule, which only Snakemake's extended benchmarks name."""
    path = tmp_path / "benchmarks" / f"{place}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"s": 3.0, "cpu_time": 2.0, "rule_name": "some_rule"}\n')
    assert [job.stage for job in collect(_config(), tmp_path).costs] == [stage]
