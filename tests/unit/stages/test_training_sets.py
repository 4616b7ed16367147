"""What the stages of training sets read, and the checks of their names."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.stages.references import held_out_of, mined_names
from lingraft.stages.rules import STAGES

ROOT = Path(__file__).parents[3]
SETS = {
    "parallel": {"kind": "translations", "corpora": ["swahili"]},
    "hard": {"kind": "mined", "set": "parallel", "model": "tiny-bert"},
    "own": {"kind": "records", "source": "text", "form": "pairs"},
    "words": {"kind": "texts", "corpora": ["english"]},
}


RECIPE = {
    "stages": [{"data": ["hard"], "loss": {"name": "infonce"}, "steps": 2, "batch_size": 2}]
}  # fmt: skip


def with_sets(*encoders: str, **sets: dict[str, Any]) -> Config:
    content = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    content["runs"]["swahili"]["encoders"] = list(encoders)
    return check(content | {"training_sets": SETS | sets, "encoders": {"tuned": RECIPE}}, "tiny")


def test_a_set_reads_what_it_names_and_what_is_held_out() -> None:
    config = with_sets()
    reads = STAGES["prepare_training_set"].reads(config, {"name": "parallel"})
    assert reads["corpora"].places == ["corpora/swahili"]
    # Swahili follows English, whose held-out texts a set must not have either.
    assert reads["held_out"].places == ["corpora/english", "corpora/swahili"]
    reads = STAGES["mine_negatives"].reads(config, {"name": "hard"})
    assert reads["sets"].manifests == ["<results>/training_sets/parallel/manifest.json"]
    assert reads["models"].manifests == ["<results>/source_models/tiny-bert/ready/manifest.json"]
    assert reads["models"].names == ["tiny-bert"]


def test_a_set_keeps_out_the_text_of_runs_that_use_it_alone() -> None:
    config = with_sets()
    assert held_out_of(config, "hard") == ["corpora/english", "corpora/swahili"]
    assert held_out_of(config, "words") == ["corpora/english"]
    assert held_out_of(config, "own") == []
    mined = SETS["hard"] | {"set": "own"}
    used = with_sets("tuned", hard=mined)
    assert held_out_of(used, "hard") == ["corpora/english", "corpora/swahili"]
    assert held_out_of(used, "own") == held_out_of(used, "hard")  # another set is mined from it
    assert held_out_of(used, "words") == ["corpora/english"]


def test_a_run_that_does_not_use_a_set_changes_nothing_of_it() -> None:
    config = with_sets()
    run = config.runs["swahili"].model_copy(update={"corpora": ["english"]})
    more = config.model_copy(update={"runs": {**config.runs, "english": run}})
    for name in SETS:
        stage = STAGES["prepare_training_set"]
        assert stage.reads(config, {"name": name}) == stage.reads(more, {"name": name})


def test_mined_sets_have_a_rule_of_their_own() -> None:
    assert mined_names(with_sets()) == "hard"
    assert not re.fullmatch(mined_names(Config(experiment="none")), "hard")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "records", "source": "x", "form": "pairs"}, "'x' is not in sources"),
        ({"kind": "texts", "corpora": ["x"]}, "'x' is not in corpora"),
        ({"kind": "mined", "set": "x", "model": "tiny-bert"}, "'x' is not in training_sets"),
        ({"kind": "mined", "set": "own", "model": "x"}, "'x' is not in models"),
        ({"kind": "mined", "set": "words", "model": "tiny-bert"}, "words has texts, not pairs"),
        ({"kind": "mined", "set": "wrong", "model": "tiny-bert"}, "wrong has triples, not pairs"),
        ({"kind": "translations", "corpora": ["english"]}, "english has no pivot"),
        ({"kind": "pears"}, "'pears' is unknown"),
    ],
)
def test_wrong_names_are_answered(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"training_sets.wrong.*{message}"):
        with_sets(wrong=wrong)
