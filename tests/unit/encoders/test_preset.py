"""Recipes of the literature fill in what a recipe does not say."""

from typing import Any

import pytest

from lingraft.config.checking import check_block
from lingraft.encoders.losses import LOSSES
from lingraft.encoders.preset import PRESETS, read_preset, with_preset
from lingraft.encoders.settings import TunedEncoder
from lingraft.errors import ConfigError
from lingraft.stages.settings import settings_text


def recipe_of(**content: Any) -> TunedEncoder:
    return check_block(TunedEncoder, {"stages": [{"data": ["own"]}], **content}, "settings")


@pytest.mark.parametrize("name", PRESETS)
def test_data_is_all_that_a_preset_needs(name: str) -> None:
    made = recipe_of(preset=name)
    assert {stage.data for stage in made.stages} == {("own",)}
    assert all(stage.loss.name in LOSSES for stage in made.stages)
    again = TunedEncoder.model_validate(made.model_dump(mode="json", exclude_unset=True))
    assert again == made


def test_what_a_preset_fills_in_is_compared_by_snakemake() -> None:
    text = settings_text(recipe_of(preset="nemotron"), "encoder")
    assert '"temperature": 0.02' in text and '"attention": "bidirectional"' in text


def test_the_user_has_the_last_word() -> None:
    stage = {"data": ["own"], "steps": 7, "loss": {"temperature": 0.5}}
    made = recipe_of(preset="nemotron", stages=[stage], prompts={"document": "d "}, warmup=0.2)
    (only,) = made.stages
    assert (only.steps, only.batch_size, made.warmup) == (7, 128, 0.2)
    assert only.loss.model_dump(exclude_unset=True) == {
        "name": "infonce", "temperature": 0.5, "negatives": "hard-only",
    }  # fmt: skip
    assert made.prompts.document == "d " and made.prompts.query.startswith("Instruct: ")


def test_a_block_of_another_kind_replaces_that_of_the_preset() -> None:
    stage = {"data": ["own"], "loss": {"name": "cosent"}}
    pooling = {"kind": "duplex", "reduced": 4, "kept": 3}
    made = recipe_of(preset="dse", pooling=pooling, stages=[stage])
    assert made.pooling.model_dump() == pooling
    assert made.stages[0].loss.model_dump(exclude_unset=True) == {"name": "cosent"}
    assert recipe_of(preset="dse", pooling={"layers": 2}).read_layers == 2
    assert recipe_of(preset="dse", pooling="cls").pooling == "cls"


def test_stages_lie_over_those_of_their_number() -> None:
    rounds = [stage.loss.isotropy for stage in recipe_of(preset="defsent-plus").stages]
    assert rounds == ["none", "none", "ica"]
    two = recipe_of(preset="defsent-plus", stages=[{"data": ["a"]}, {"data": ["b"], "steps": 3}])
    assert [(stage.data, stage.steps, stage.from_start) for stage in two.stages] == [
        (("a",), 1000, False), (("b",), 3, True),
    ]  # fmt: skip
    four = [{"data": [name]} for name in "abcd"]
    assert recipe_of(preset="defsent-plus", stages=four).stages[3].loss.isotropy == "ica"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"preset": "nemotrn"}, "preset: this preset is unknown; did you mean 'nemotron'"),
        ({"preset": 3}, "preset: must be a text"),
        ({"preset": "peg", "stages": []}, "stages: "),
        ({"preset": "peg", "stages": [{}]}, r"stages\.0\.data is missing"),
        ({"preset": "peg", "stages": [{"data": ["own"], "stepz": 3}]}, "stepz is not a key here"),
    ],
)
def test_mistakes_are_answered_by_their_key(content: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        recipe_of(**content)


def test_a_preset_that_is_read_is_not_changed() -> None:
    before = read_preset("dse").model_dump_json()
    with_preset({"preset": "dse", "pooling": {"layers": 2}, "stages": [{"data": ["own"]}]})
    assert read_preset("dse").model_dump_json() == before
