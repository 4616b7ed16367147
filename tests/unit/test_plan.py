import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft import plan
from lingraft.config.experiment import Config
from lingraft.config.loading import check
from lingraft.plan import Training

ROOT = Path(__file__).parents[2]


@pytest.fixture
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture
def tiny(content: dict[str, Any]) -> Config:
    return check(content, "tiny")


def test_trainings_are_the_product_of_each_run(content: dict[str, Any]) -> None:
    content["runs"]["swahili"] |= {"seeds": [1, 2], "initializations": ["random", "wechsel"]}
    assert plan.trainings(check(content, "tiny")) == [
        Training("swahili", "random", 1),
        Training("swahili", "random", 2),
        Training("swahili", "wechsel", 1),
        Training("swahili", "wechsel", 2),
    ]
    assert Training("swahili", "random", 2).folder == "swahili/random/seed-2"


def test_a_run_without_pretraining_ends_at_step_0(content: dict[str, Any]) -> None:
    del content["runs"]["swahili"]["pretraining"]
    assert plan.steps(check(content, "tiny"), "swahili") == ["initialized"]


def test_settings_hold_only_what_was_set(tiny: Config) -> None:
    assert json.loads(plan.settings(tiny.initializations["random"], "initialization")) == {
        "method": "random"
    }
    given = json.loads(plan.settings(tiny.pretraining["short"], "pretraining"))
    assert set(given) == {
        "steps",
        "sequence_length",
        "batch_size",
        "learning_rate",
        "evaluate_every",
    }


def test_a_raised_stage_version_changes_the_settings(
    tiny: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = plan.settings(tiny.pretraining["short"], "pretraining")
    monkeypatch.setattr(plan, "STAGE_VERSION", dict(plan.STAGE_VERSION, pretraining=2))
    assert plan.settings(tiny.pretraining["short"], "pretraining") != before


def test_names_behind_names(tiny: Config) -> None:
    assert plan.source_model_state(tiny, "tiny-bert") == "ready"
    assert plan.corpora_of_alignment(tiny, "english-swahili") == ["swahili"]
    assert plan.sources_of_alignment(tiny, "english-swahili") == ["text"]
    assert plan.sources_of_corpus(tiny, "english") == ["text"]
    assert plan.source_vectors(tiny, "swahili") == "english"
    assert plan.tokenizer_made_from(tiny, "swahili") == plan.Origin(corpora=("swahili",))
    assert plan.evaluated_tokenizers(tiny) == ["swahili"]
    assert plan.run_with_tokenizer(tiny, "swahili").model == "tiny-bert"
    assert set(plan.model_tasks(tiny)) == {"language_model", "retrieval"}
