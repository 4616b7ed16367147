"""Recipes of merged encoders: names of models, and what does not fit the method."""

from typing import Any

import pytest
from pydantic import ValidationError

from lingraft.encoders.merging.settings import MergedEncoder, Origin

PROBE = {"data": ["pairs"], "loss": {"name": "distillation"}}
POSITIONED = {"merge": {"method": "self-positioning"}, "of": ["one", "two"], "base": "pretrained"}


def test_models_are_named_by_step_or_by_cell() -> None:
    other = {"step": "distilled", "initialization": "random", "seed": 2}
    recipe = MergedEncoder.model_validate({"merge": {}, "of": ["distilled", other]})
    assert recipe.members == (Origin(step="distilled"), Origin.model_validate(other))
    assert [origin.name for origin in recipe.origins] == ["distilled", "distilled-random-seed-2"]
    assert (
        recipe.common_origin is None
        and recipe.start == recipe.members[0].step
        and recipe.sets == ()
        and recipe.teacher is None
    )


def test_a_probe_reads_sets_and_has_a_teacher() -> None:
    recipe = MergedEncoder.model_validate(POSITIONED | {"probe": PROBE | {"teacher": "e5"}})
    assert recipe.sets == ("pairs",) and recipe.teacher == "e5"
    assert [origin.step for origin in recipe.origins] == ["one", "two", "pretrained"]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"merge": {}, "of": ["one"]}, "at least 2"),
        ({"merge": {}, "of": ["one", "one"]}, "of names one model twice"),
        ({"merge": {}, "of": ["one", "two"], "base": "pretrained"}, "average uses no `base`"),
        ({"merge": {"method": "ties"}, "of": ["one", "two"]}, "ties needs .* `base`"),
        ({"merge": {"method": "slerp"}, "of": ["one", "two", "three"]}, "slerp merges 2 models"),
        ({"merge": {}, "of": ["one", "two"], "probe": PROBE}, "average uses no `probe`"),
        (POSITIONED, "self-positioning needs a `probe`"),
    ],
)
def test_what_does_not_fit(values: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        MergedEncoder.model_validate(values)
