"""An experiment that an earlier version finished is not made again.

`finished_tiny.json` has what Snakemake recorded of config/tiny.yaml at commit 2a9e1bd. Where the
version of a stage is raised (`STAGE_VERSION`), raise it in the recorded parameters too.
"""

import base64
import json
import os
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.workflow.project import ROOT, TINY, Project

RECORDS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "data" / "finished_tiny.json").read_text("utf-8")
)


@pytest.fixture
def earlier(project: Project) -> Project:
    """A project with the names and the records of the finished experiment; its files are empty."""
    return _finished(project, RECORDS)


def _finished(project: Project, records: list[dict[str, Any]]) -> Project:
    (report,) = (record for record in records if record["rule"] == "report")
    config = json.loads(literal_eval(report["params"][-1]))
    (project.folder / TINY).write_text(yaml.safe_dump(config), "utf-8")
    for record in records:
        for name in (*record["inputs"], *record["outputs"]):
            path = project.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (1e9, 1e9))
        for output in record["outputs"]:
            _write_record(project.folder, output, record)
    return project


def _write_record(folder: Path, output: str, record: dict[str, Any]) -> None:
    place = folder / ".snakemake" / "metadata"
    place.mkdir(parents=True, exist_ok=True)
    name = base64.urlsafe_b64encode(output.encode()).decode()
    assert len(name) < 255, "Snakemake stores longer names in another way"
    content = {
        "rule": record["rule"],
        "input": record["inputs"],
        "params": record["params"],
        "code": "the shell text of an earlier version",
        "record_format_version": 6,
    }
    (place / name).write_text(json.dumps(content), "utf-8")


def test_a_finished_experiment_is_not_made_again(earlier: Project) -> None:
    assert earlier.planned() == {}
    earlier.change(evaluation={"language_model.documents": 10})
    assert earlier.planned().keys() == {"evaluate", "report"}  # the measure trains nothing again
    earlier.change(pretraining={"short.steps": 7})
    assert earlier.planned()["pretrain"] == 3  # so the records are read


def test_recipes_by_initialization_train_nothing_again(earlier: Project) -> None:
    """Neither where all have the recipe that they had, nor where one is given up or changed."""
    config = yaml.safe_load((earlier.folder / TINY).read_text("utf-8"))
    names = config["runs"]["swahili"]["initializations"]
    same = dict.fromkeys(names, config["runs"]["swahili"]["pretraining"])
    earlier.change(runs={"swahili.pretraining": same})
    assert earlier.planned().keys() == {"report"}
    first, *rest = names
    earlier.change(runs={"swahili.pretraining": {name: same[name] for name in rest}})
    assert earlier.planned().keys() == {"report"}
    other = config["pretraining"]["short"] | {"steps": 7}
    earlier.change(
        pretraining={"other": other}, runs={"swahili.pretraining": same | {first: "other"}}
    )
    planned = earlier.planned()
    assert planned["pretrain"] == 1 and planned["evaluate"] == 1


def test_another_normalizer_makes_again_what_is_made_from_its_corpus(project: Project) -> None:
    """Text, what learned it, and what is measured on it; nothing of the pivot or the source."""
    records = json.loads(json.dumps(RECORDS).replace("swh_Latn", "hin_Deva"))
    earlier = _finished(project, records)
    earlier.change(corpora={"swahili.normalizer": {"name": "none"}})
    assert earlier.planned().keys() <= {"report"}  # it is what was there
    earlier.change(corpora={"swahili.normalizer": {"name": "romanize"}})
    assert earlier.planned() == {
        "prepare_corpus": 1,
        "train_tokenizer": 1,
        "encode_corpus": 1,
        "train_vectors": 1,
        "align_vectors": 1,
        "initialize_embeddings": 3,
        "pretrain": 3,
        "evaluate": 6,
        "evaluate_tokenizer": 1,
        "evaluate_alignment": 1,
        "report": 1,
    }
