"""A training that learns from the source model waits for it, and others do not."""

from pathlib import Path

import yaml

from lingraft.experiment.loading import check
from lingraft.stages.rules import Rules

ROOT = Path(__file__).parents[3]
CELL = {"run": "swahili", "initialization": "random", "seed": "1"}


def test_the_source_model_is_an_input() -> None:
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    plain = Rules(check(content, "tiny")).inputs_of("pretrain")(CELL)
    assert "teacher" not in plain
    taught = {"steps": 1, "train": "new-rows", "distillation": {"losses": {"hidden": 1.0}}}
    name = content["runs"]["swahili"]["pretraining"]
    content["pretraining"][name] = {"stages": [taught, {"steps": 2}], "sequence_length": 64}
    inputs = Rules(check(content, "tiny")).inputs_of("pretrain")(CELL)
    assert inputs["teacher"] == "<results>/source_models/tiny-bert/ready/manifest.json"
    assert {key: inputs[key] for key in plain} == plain
