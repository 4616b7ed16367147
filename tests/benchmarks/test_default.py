"""The costs of a run by rule, from records as Snakemake writes them."""

import json
from pathlib import Path

import pytest
from benchmarks.default import read_side, table

from lingraft.errors import InputError

ROOT = Path(__file__).parents[2]


def _checkout(folder: Path, records: dict[str, list[float]]) -> Path:
    (folder / "workflow").mkdir(parents=True)
    (folder / "workflow" / "rules").symlink_to(ROOT / "workflow" / "rules")
    (folder / "own.yaml").write_text("experiment: own\n", "utf-8")
    for name, costs in records.items():
        path = folder / "results" / "own" / "benchmarks" / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"cpu_time": cost}) + "\n" for cost in costs), "utf-8")
    return folder


def test_jobs_are_counted_by_the_rules_of_their_checkout(tmp_path: Path) -> None:
    records = {
        "corpora/english": [2.0],
        "models/german/random/seed-1-pretrained": [30.0, 10.0],  # tried twice
        "models/german/random/seed-2-pretrained": [40.0],
        "models/german/random/seed-1-distilled": [5.0],
        "models/german/random/seed-1-initialized": [1.5],
        "source_models/bert-ready": [7.0],
        "evaluation/tokenizers/german": [1.0],
        "evaluation/lexicon/english-german": [0.5],
        "something/else": [0.25],
    }
    side = read_side(_checkout(tmp_path / "one", records), "own.yaml", fresh=False)
    assert {rule: (cost.jobs, cost.cpu) for rule, cost in side.costs.items()} == {
        "prepare_corpus": (1, 2.0), "pretrain": (3, 80.0), "tune_encoder": (1, 5.0),
        "initialize_embeddings": (1, 1.5), "warm_up_head": (1, 7.0),
        "evaluate_tokenizer": (1, 1.0), "evaluate_alignment": (1, 0.5), "other": (1, 0.25),
    }  # fmt: skip
    assert (side.total.jobs, side.total.cpu) == (10, 97.25)


@pytest.mark.parametrize("cost", ["-", "NA", None])
def test_a_job_too_short_to_be_measured_counts_as_a_job(tmp_path: Path, cost: str | None) -> None:
    """Snakemake writes - or NA for it; a killed job leaves half a line, which is no record."""
    checkout = _checkout(tmp_path / "one", {"corpora/a": [2.0]})
    with (checkout / "results" / "own" / "benchmarks" / "corpora" / "a.jsonl").open("a") as stream:
        stream.write(json.dumps({"cpu_time": cost}) + '\n{"cpu_ti')
    side = read_side(checkout, "own.yaml", fresh=False)
    assert (side.total.jobs, side.total.cpu) == (2, 2.0)


def test_two_runs_stand_beside_each_other(tmp_path: Path) -> None:
    before = _checkout(tmp_path / "before", {"corpora/a": [2.0], "vectors/a": [3.0]})
    after = _checkout(tmp_path / "after", {"corpora/a": [1.0]})
    sides = {
        name: read_side(checkout, "own.yaml", fresh=False)
        for name, checkout in (("before", before), ("after", after))
    }
    rows = [line.split() for line in table(sides)][1:]
    assert rows == [
        ["train_vectors", "1", "3.0", "0", "0.0"],
        ["prepare_corpus", "1", "2.0", "1", "1.0", "2.00", "x"],
        ["all", "2", "5.0", "1", "1.0", "5.00", "x"],
    ]


def test_a_run_that_is_there_is_not_a_fresh_one(tmp_path: Path) -> None:
    checkout = _checkout(tmp_path / "one", {"corpora/a": [2.0]})
    with pytest.raises(InputError, match="exists, so a run is not a fresh one"):
        read_side(checkout, "own.yaml", fresh=True)


def test_a_checkout_without_a_run_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no records; run `make run CONFIG=own.yaml` there"):
        read_side(_checkout(tmp_path / "one", {}), "own.yaml", fresh=False)
