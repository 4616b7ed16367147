from pathlib import Path

import pytest
from synthetic import configuration, write_results

from lingraft.artifacts import write_sealed
from lingraft.config.experiment import Config
from lingraft.errors import InputError
from lingraft.plan import Training, trainings
from lingraft.reporting.collect import collect
from lingraft.reporting.collection import Collection


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Config, Path]:
    """An experiment of its own, to take things away from."""
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"), seeds=(1, 2))
    return config, write_results(config, tmp_path)


def reasons(collection: Collection) -> dict[str, str]:
    return {gap.what: gap.reason for gap in collection.gaps}


def test_everything_is_found(config: Config, results: Path) -> None:
    collection = collect(config, results)
    assert collection.gaps == ()
    assert len(collection.initializations) == len(trainings(config)) == 36
    assert len(collection.scores) == 36 * 2 * (2 + 3)
    assert len(collection.predictions) == 36 * 2 * 2
    assert {job.stage for job in collection.costs} == {"initialized", "pretrained"}
    assert collection.costs[0].memory_bytes == pytest.approx(812.3 * 2**20)
    assert collection.manifests["downloads/chromium"].facts.license == "BSD-3-Clause"


def test_a_missing_folder_is_one_clear_error(config: Config, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no results at .*: run the workflow first"):
        collect(config, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("removed", "reason"),
    [
        ("evaluation/{}/pretrained/retrieval.json", "it was not evaluated"),
        ("models/{}/pretrained/manifest.json", "pretraining has not finished"),
        ("models/{}/initialized/manifest.json", "was not initialized"),
    ],
)
def test_a_missing_result_says_why(broken: tuple[Config, Path], removed: str, reason: str) -> None:
    config, results = broken
    cell = Training("swahili", "wechsel", 2).folder
    (results / "evaluation" / cell / "pretrained" / "retrieval.json").unlink()
    (results / removed.format(cell)).unlink(missing_ok=True)
    found = reasons(collect(config, results))
    assert reason in found["swahili / wechsel / seed 2, pretrained: retrieval"]


def test_damaged_files_are_gaps_not_crashes(broken: tuple[Config, Path]) -> None:
    config, results = broken
    cell = Training("swahili", "random", 1).folder
    write_sealed(results / "evaluation" / cell / "initialized" / "retrieval.json", {"schema": 9})
    (results / "models" / cell / "initialized" / "initialization.json").write_text("{")
    metrics = results / "models" / cell / "pretrained" / "metrics.jsonl"
    metrics.write_text(metrics.read_text() + '{"kind": "val')
    (results / "alignments" / "english-swahili" / "metrics.json").write_text("[]")
    found = reasons(collect(config, results))
    assert "has result schema 9" in found["swahili / random / seed 1, initialized: retrieval"]
    assert any("initialization.json" in what for what in found)
    assert found[f"{metrics}, line 14"] == "not a JSON object"
    assert "not a JSON object" in found.values()
    assert len(found) == 4


def test_jobs_too_short_to_measure_have_no_numbers(broken: tuple[Config, Path]) -> None:
    config, results = broken
    path = results / "benchmarks" / "corpora" / "swahili.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"s": 0.4, "max_rss": "NA", "cpu_time": "-"}\n{"s": ')
    job = next(job for job in collect(config, results).costs if job.stage == "corpora")
    assert (job.of, job.seconds, job.memory_bytes, job.cpu_seconds) == ("swahili", 0.4, None, None)
