from pathlib import Path

import pytest
from synthetic import configuration, make, write_results

from lingraft.artifacts import new_artifact, write_json, write_sealed
from lingraft.errors import InputError
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.reading import collect
from lingraft.stages.trainings import TrainingId, trainings
from lingraft.vectors.trainers.refined import RefinedVectors


@pytest.fixture
def broken(tmp_path: Path) -> tuple[Config, Path]:
    """An experiment of its own, to take things away from."""
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"), seeds=(1, 2))
    return config, write_results(config, tmp_path)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, Path]:
    """An experiment whose files are damaged and restored."""
    config = configuration({"swahili": ["swh_Latn"]}, ("random", "wechsel"))
    return config, write_results(config, tmp_path_factory.mktemp("read"))


def reasons(collection: Collected) -> dict[str, str]:
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
    cell = TrainingId("swahili", "wechsel", 2).folder
    (results / "evaluation" / cell / "pretrained" / "retrieval.json").unlink()
    (results / removed.format(cell)).unlink(missing_ok=True)
    found = reasons(collect(config, results))
    assert reason in found["swahili / wechsel / seed 2, pretrained: retrieval"]


def test_what_is_no_result_is_a_gap(broken: tuple[Config, Path]) -> None:
    config, results = broken
    cell = TrainingId("swahili", "random", 1).folder
    write_sealed(results / "evaluation" / cell / "initialized" / "retrieval.json", {"schema": 9})
    make(results / "models" / cell / "initialized", "model", "initialization.json", "{")
    metrics = results / "models" / cell / "pretrained" / "metrics.jsonl"
    make(metrics.parent, "model", metrics.name, metrics.read_text() + '{"kind": "val')
    make(results / "alignments" / "english-swahili", "alignment", "metrics.json", "[]")
    found = reasons(collect(config, results))
    assert "has result schema 9" in found["swahili / random / seed 1, initialized: retrieval"]
    assert any("initialization.json" in what for what in found)
    assert found[f"{metrics}, line 14"] == "not a JSON object"
    assert "not a JSON object" in found.values()
    assert len(found) == 4


READ = [
    "evaluation/swahili/wechsel/seed-1/pretrained/retrieval.json",
    "evaluation/swahili/wechsel/seed-1/pretrained/retrieval.predictions.jsonl.zst",
    "models/swahili/wechsel/seed-1/initialized/initialization.json",
    "models/swahili/wechsel/seed-1/initialized/manifest.json",
    "models/swahili/wechsel/seed-1/pretrained/metrics.jsonl",
    "models/swahili/wechsel/seed-1/pretrained/manifest.json",
    "alignments/english-swahili/metrics.json",
    "alignments/english-swahili/manifest.json",
    "tokenizers/swahili/metrics.json",
    "corpora/*/manifest.json",
    "downloads/chromium/manifest.json",
]


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("damage", ["first bit", "last bit", "cut", "emptied"])
def test_damage_to_anything_the_report_reads_is_a_gap_that_names_it(
    read: tuple[Config, Path], name: str, damage: str
) -> None:
    config, results = read
    path = next(results.glob(name))
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "first bit": bytes([whole[0] ^ 1]) + whole[1:],
            "last bit": whole[:-1] + bytes([whole[-1] ^ 128]),
            "cut": whole[:middle],
            "emptied": b"",
        }[damage]
    )
    try:
        gaps = collect(config, results).gaps
    finally:
        path.write_bytes(whole)
    assert gaps and all(str(path) in gap.reason for gap in gaps), gaps


def test_jobs_too_short_to_measure_have_no_numbers(broken: tuple[Config, Path]) -> None:
    config, results = broken
    path = results / "benchmarks" / "corpora" / "swahili.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"s": 0.4, "max_rss": "NA", "cpu_time": "-"}\n{"s": ')
    job = next(job for job in collect(config, results).costs if job.stage == "corpora")
    assert (job.of, job.seconds, job.memory_bytes, job.cpu_seconds) == ("swahili", 0.4, None, None)


def test_what_refiners_said_is_read_where_vectors_were_made(tmp_path: Path) -> None:
    refined = {"trainer": "refined", "vectors": "english", "refiners": [{"name": "pca"}]}
    config = configuration({"swahili": ["swh_Latn"]}, ("random",))
    chosen = {"better": RefinedVectors.model_validate(refined)}
    config = config.model_copy(update={"vectors": {**config.vectors, **chosen}})
    results = write_results(config, tmp_path)
    assert not collect(config, results).refiners
    with new_artifact(results / "vectors" / "better", "vectors") as staging:
        write_json(staging / "metrics.json", {"refiners": [{"name": "pca", "dimension": 2}]})
    found = collect(config, results)
    assert found.refiners == {"better": [{"name": "pca", "dimension": 2}]}
    assert not [gap for gap in found.gaps if "vectors" in gap.what]
