"""A training waits for the source model, or a corpus, where its recipe reads it."""

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


def test_the_source_of_a_merge_is_an_input() -> None:
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    plain = Rules(check(content, "tiny")).inputs_of("pretrain")(CELL)
    content["pretraining"]["short"]["merge"] = {"layers": {0: 0.3}}
    content["runs"]["swahili"]["initializations"] = ["random"]
    rules = Rules(check(content, "tiny"))
    inputs = rules.inputs_of("pretrain")(CELL)
    assert inputs.pop("source") == "<results>/source_models/tiny-bert/ready/manifest.json"
    assert inputs == plain
    assert '"merge": {"layers": {"0": 0.3}}' in rules.settings_of("pretrain")(CELL)


def test_the_corpus_of_a_shield_is_an_input() -> None:
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    plain = Rules(check(content, "tiny")).inputs_of("pretrain")(CELL)
    content["pretraining"]["short"]["shield"] = {"corpus": "english"}
    inputs = Rules(check(content, "tiny")).inputs_of("pretrain")(CELL)
    assert inputs.pop("calibration") == ["<results>/corpora/english/manifest.json"]
    assert inputs == plain
