"""Merged encoders in a configuration: what they are made from, and where that is."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.loading import check
from lingraft.stages.references import merged, merged_encoders, tuned
from lingraft.stages.rules import Rules
from lingraft.stages.targets import evaluation_files, model_files

ROOT = Path(__file__).parents[3]
PAIRS = {"kind": "translations", "corpora": ["swahili"]}
DISTILLATION = {"data": ["pairs"], "loss": {"name": "distillation"}}
TUNED = {"start": "pretrained", "stages": [DISTILLATION | {"steps": 2}]}
CELL = {"run": "swahili", "initialization": "random", "seed": "1", "merged": "soup"}


def content(soup: dict[str, Any], **run: Any) -> dict[str, Any]:
    """The tiny experiment with an encoder and a merge."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    found["training_sets"] = {"pairs": PAIRS}
    found["encoders"] = {"distilled": TUNED, "soup": soup}
    found["runs"]["swahili"] |= {"encoders": ["distilled", "soup"]} | run
    return found


def test_a_merge_is_a_step_that_is_evaluated() -> None:
    config = check(content({"merge": {}, "of": ["pretrained", "distilled"]}), "tiny")
    assert merged_encoders(config) == ["soup"]
    assert "<results>/models/swahili/ofa-8/seed-1/soup/manifest.json" in model_files(config)
    place = "<results>/evaluation/swahili/random/seed-1/soup/retrieval.json"
    assert place in evaluation_files(config)


def test_its_members_are_inputs_under_their_names() -> None:
    other = {"step": "distilled", "initialization": "wechsel", "seed": 1}
    soup = {
        "merge": {"method": "self-positioning"},
        "of": ["distilled", other],
        "base": "pretrained",
        "probe": DISTILLATION,
    }
    encoders = {"distilled": ["random", "wechsel"], "soup": ["random"]}
    rules = Rules(check(content(soup, encoders=encoders), "tiny"))
    folder = "<results>/models/swahili"
    inputs = rules.inputs_of("merge_encoders")(CELL)
    assert inputs == {
        "members": [
            f"{folder}/random/seed-1/distilled/manifest.json",
            f"{folder}/wechsel/seed-1/distilled/manifest.json",
        ],
        "base": f"{folder}/random/seed-1/pretrained/manifest.json",
        "teacher": "<results>/source_models/tiny-bert/ready/manifest.json",
        "sets": ["<results>/training_sets/pairs/manifest.json"],
    }
    given = {
        name: [Path(file.replace("<results>", "results/tiny")) for file in files]
        if isinstance(files, list)
        else files.replace("<results>", "results/tiny")
        for name, files in inputs.items()
    }
    output = "results/tiny/models/swahili/random/seed-1/soup/manifest.json"
    words = shlex.split(str(rules.arguments_of("merge_encoders")(CELL, given, [output])))
    options = dict(zip(words[::2], words[1::2], strict=True))
    assert options["--members"].startswith("distilled=results/tiny/models/swahili/random/")
    assert ",distilled-wechsel-seed-1=results/tiny/models/swahili/wechsel/" in options["--members"]
    assert options["--seed"] == "1" and options["--output"] == str(Path(output).parent)
    assert "steps" not in rules.settings_of("merge_encoders")(CELL)


def test_a_recipe_is_asked_for_by_its_kind() -> None:
    config = check(content({"merge": {}, "of": ["pretrained", "distilled"]}), "tiny")
    with pytest.raises(ConfigError, match=r"encoders\.soup merges models"):
        tuned(config, "swahili", "soup")
    with pytest.raises(ConfigError, match=r"encoders\.distilled tunes a model"):
        merged(config, "swahili", "distilled")


@pytest.mark.parametrize(
    ("soup", "run", "problem"),
    [
        ({"of": ["pretrained", "tuned"]}, {}, r"encoders\.soup: 'tuned' is not in encoders"),
        ({"of": ["pretrained", "soup"]}, {}, r"encoders\.soup is made from itself, over soup"),
        (
            {"of": ["pretrained", "distilled"]},
            {"encoders": ["soup"]},
            r"encoders\.soup needs distilled of random with seed 1, which runs\.swahili does not",
        ),
        (
            {"of": ["pretrained", {"step": "pretrained", "seed": 2}]},
            {},
            r"encoders\.soup needs pretrained of random with seed 2",
        ),
        (
            {"of": ["pretrained", {"step": "pretrained", "initialization": "focus"}]},
            {},
            r"encoders\.soup needs pretrained of focus with seed 1",
        ),
        (
            {"of": ["pretrained", {"step": "pretrained", "seed": 1}]},
            {},
            r"encoders\.soup merges pretrained of random with seed 1 twice; runs\.swahili",
        ),
        (
            {"of": ["initialized", "pretrained"]},
            {"pretraining": None},
            "needs pretrained of random",
        ),
    ],
)
def test_what_no_run_can_merge(soup: dict[str, Any], run: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        check(content({"merge": {}} | soup, **run), "tiny")


def test_a_circle_over_two_encoders() -> None:
    changed = content({"merge": {}, "of": ["pretrained", "distilled"]})
    changed["encoders"]["distilled"] = TUNED | {"start": "soup"}
    with pytest.raises(ConfigError, match=r"is made from itself, over (soup|distilled)"):
        check(changed, "tiny")


def test_the_probe_reads_what_its_loss_can() -> None:
    probe = {"data": ["pairs"], "loss": {"name": "distillation"}, "batch_size": 2}
    soup = {
        "merge": {"method": "self-positioning"},
        "of": ["initialized", "distilled"],
        "base": "pretrained",
    }
    check(content(soup | {"probe": probe}), "tiny")
    with pytest.raises(ConfigError, match="nothing"):
        check(content(soup | {"probe": probe | {"data": ["nothing"]}}), "tiny")
    with pytest.raises(ConfigError, match="unknown"):
        check(content(soup | {"probe": probe | {"teacher": "unknown"}}), "tiny")
