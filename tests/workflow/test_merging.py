"""A merge of a finished training's models is one more step, and plans nothing else."""

import json

import yaml
from tests.workflow.project import TINY, Project

PLACE = "swahili/random/seed-1/between"


def test_a_merge_of_finished_models(copy_of_finished: Project) -> None:
    path = copy_of_finished.folder / TINY
    content = yaml.safe_load(path.read_text("utf-8"))
    content["encoders"] = {"between": {"merge": {}, "of": ["initialized", "pretrained"]}}
    content["runs"]["swahili"]["encoders"] = {"between": ["random"]}
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    assert copy_of_finished.planned() == {"merge_encoders": 1, "evaluate": 1, "report": 1}

    done = copy_of_finished.snakemake(f"results/tiny/evaluation/{PLACE}/language_model.json")
    assert done.returncode == 0, done.stdout[-4000:]
    results = copy_of_finished.folder / "results" / "tiny"
    record = json.loads((results / "models" / PLACE / "weights.json").read_text("utf-8"))
    assert record["coefficients"] == {"initialized": 0.5, "pretrained": 0.5}
    assert "merge_encoders" not in copy_of_finished.planned()
