import json
from pathlib import Path

import pytest

from lingraft.errors import LingraftError
from lingraft.supervision.planned import PlannedJob
from lingraft.supervision.retraining import (
    has_expensive_models,
    refuse_retraining,
    training_minutes,
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A finished model that took three hours."""
    folder = tmp_path / "models" / "swahili" / "wechsel" / "seed-1" / "pretrained"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "provenance.json").write_text(json.dumps({"seconds": 3 * 3600}))
    return folder


def job(folder: Path, rule: str = "pretrain") -> PlannedJob:
    reason = "Params have changed since last execution: before: {}; now: {}; Code has changed"
    wildcards = {"run": "swahili", "initialization": "wechsel", "seed": "1"}
    return PlannedJob(rule, [folder / "manifest.json"], None, reason, wildcards)


def test_an_expensive_training_is_not_repeated_in_silence(model: Path) -> None:
    assert has_expensive_models(model.parents[4])
    with pytest.raises(LingraftError) as refused:
        refuse_retraining([job(model)])
    message = str(refused.value)
    assert "pretrain swahili/wechsel/1 (3.0 h; params have changed since last execution" in message
    assert "make run RETRAIN=yes" in message


def test_an_encoder_is_not_tuned_again_in_silence(model: Path) -> None:
    encoder = model.rename(model.with_name("defsent-plus"))
    model.with_name("initialized").mkdir()
    assert has_expensive_models(encoder.parents[4])
    with pytest.raises(LingraftError, match="tune_encoder swahili/wechsel/1"):
        refuse_retraining([job(encoder, "tune_encoder")])


def test_initialization_is_not_guarded(model: Path) -> None:
    made = model.rename(model.with_name("initialized"))
    (made / "model.safetensors").touch()
    assert not has_expensive_models(made.parents[4])


def test_what_is_cheap_other_or_missing_may_be_made(model: Path, tmp_path: Path) -> None:
    refuse_retraining([job(model)], minutes=181)
    refuse_retraining([job(model, "evaluate"), job(tmp_path / "nothing")])
    assert not has_expensive_models(model.parents[4], minutes=181)


@pytest.mark.parametrize("note", [
    None, "{", "[]", '{"seconds": null}', "{}", '{"seconds": NaN}', '{"seconds": -1}',
])  # fmt: skip
def test_a_model_that_does_not_tell_its_time_is_not_lost_for_that(
    model: Path, note: str | None
) -> None:
    (model / "provenance.json").unlink()
    assert training_minutes(model) == 0  # there is no model
    (model / "model.safetensors").touch()
    if note is not None:
        (model / "provenance.json").write_text(note)
    assert has_expensive_models(model.parents[4])
    with pytest.raises(LingraftError, match="unknown time"):
        refuse_retraining([job(model)])
