import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.experiment.loading import check
from lingraft.experiment.runs import trained_alike
from lingraft.experiment.scale import scale
from lingraft.initialization.methods import check_method
from lingraft.stages.references import (
    EvidenceNames,
    corpora_of_alignment,
    evaluated_tokenizers,
    evidence,
    model_tasks,
    recipe,
    run_with_tokenizer,
    source_model,
    sources_of_alignment,
)
from lingraft.stages.rules import STAGES
from lingraft.stages.settings import STAGE_VERSION, cleaning_block, settings_text
from lingraft.stages.trainings import (
    TrainingId,
    deciding_step,
    initializations_with,
    language_model_steps,
    last_step,
    trainings,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture
def tiny(content: dict[str, Any]) -> Config:
    return check(content, "tiny")


def test_trainings_are_the_product_of_each_run(content: dict[str, Any]) -> None:
    content["runs"]["swahili"] |= {"seeds": [1, 2], "initializations": ["random", "wechsel"]}
    assert trainings(check(content, "tiny")) == [
        TrainingId("swahili", "random", 1),
        TrainingId("swahili", "random", 2),
        TrainingId("swahili", "wechsel", 1),
        TrainingId("swahili", "wechsel", 2),
    ]
    assert TrainingId("swahili", "random", 2).folder == "swahili/random/seed-2"


def test_an_initialization_may_have_seeds_of_its_own(content: dict[str, Any]) -> None:
    names = ["random", "wechsel"]
    content["runs"]["swahili"] |= {"seeds": {"random": [1, 2]}, "initializations": names}
    assert trainings(check(content, "tiny")) == [
        TrainingId("swahili", "random", 1),
        TrainingId("swahili", "random", 2),
        TrainingId("swahili", "wechsel", 1),
    ]


def test_a_run_without_pretraining_ends_at_step_0(content: dict[str, Any]) -> None:
    del content["runs"]["swahili"]["pretraining"]
    config = check(content, "tiny")
    for training in trainings(config):
        assert language_model_steps(config, training) == ["initialized"]


def test_a_run_may_pretrain_some_of_its_initializations(content: dict[str, Any]) -> None:
    content["pretraining"]["longer"] = content["pretraining"]["short"] | {"steps": 9}
    recipes = {"wechsel": "short", "ofa-8": "longer"}
    names = ["random", "wechsel", "ofa-8"]
    content["runs"]["swahili"] |= {"pretraining": recipes, "initializations": names}
    config = check(content, "tiny")
    run = config.runs["swahili"]
    assert run.recipes == {"random": None, **recipes}
    assert {t.initialization: language_model_steps(config, t) for t in trainings(config)} == {
        "random": ["initialized"],
        "wechsel": ["initialized", "pretrained"],
        "ofa-8": ["initialized", "pretrained"],
    }
    assert initializations_with(config, "swahili", "initialized") == names
    assert initializations_with(config, "swahili", "pretrained") == ["wechsel", "ofa-8"]
    assert last_step(config, "swahili") == "pretrained"
    for name in recipes:
        assert recipe(config, "swahili", name) is config.pretraining[recipes[name]]
    with pytest.raises(ConfigError, match=r"^runs.swahili.pretraining has no recipe for random, "):
        recipe(config, "swahili", "random")


@pytest.mark.parametrize(
    ("pretraining", "initializations", "step"),
    [
        ("short", ["random", "wechsel"], "pretrained"),
        ({"random": "short", "wechsel": "short"}, ["random", "wechsel", "ofa-8"], "pretrained"),
        ({"wechsel": "short"}, ["random", "wechsel"], "initialized"),  # nothing to compare it with
        ({"wechsel": "short"}, ["wechsel"], "pretrained"),
        (None, ["random", "wechsel"], "initialized"),
    ],
    ids=str,
)
def test_the_step_that_decides_has_several_models(
    content: dict[str, Any], pretraining: Any, initializations: list[str], step: str
) -> None:
    change = {"pretraining": pretraining, "initializations": initializations}
    content["runs"]["swahili"] |= change
    content["report"] = {"baseline": initializations[0]}
    assert deciding_step(check(content, "tiny"), "swahili") == step


def test_runs_are_trained_alike_if_no_initialization_has_two_recipes() -> None:
    uniform = {"random": "short", "mean": "short"}
    assert trained_alike(uniform, {"random": "short"})
    assert trained_alike(uniform, {"random": "short", "focus": None})
    assert trained_alike(uniform, {"focus": "short"})  # nothing in common, the same recipe
    assert not trained_alike(uniform, {"focus": "long"})
    assert not trained_alike(uniform, {"random": "short", "mean": None})
    assert trained_alike({}, {})


def test_settings_hold_only_what_was_set(tiny: Config) -> None:
    assert json.loads(settings_text(tiny.initializations["random"], "initialization")) == {
        "method": "random",
        "stage_version": STAGE_VERSION["initialization"],
    }
    given = json.loads(settings_text(tiny.pretraining["short"], "pretraining"))
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
    before = settings_text(tiny.pretraining["short"], "pretraining")
    monkeypatch.setitem(STAGE_VERSION, "pretraining", 2)
    assert settings_text(tiny.pretraining["short"], "pretraining") != before


def test_names_behind_names(tiny: Config) -> None:
    assert source_model(tiny, "tiny-bert") == "source_models/tiny-bert/ready"
    assert corpora_of_alignment(tiny, "english-swahili") == ["swahili"]
    assert sources_of_alignment(tiny, "english-swahili") == ["text"]
    assert evaluated_tokenizers(tiny) == ["swahili"]
    assert run_with_tokenizer(tiny, "swahili").model == "tiny-bert"
    assert set(model_tasks(tiny)) == {"language_model", "retrieval"}


VECTORS = EvidenceNames(alignments=("english-swahili",))
WECHSEL = {"part": {"method": "wechsel"}}
COUNTS = {"part": {"method": "trans-tokenization"}}
OFA = {"part": {"method": "ofa"}}
CLP = {"part": {"method": "clp"}}
RECURRENT = {"part": {"method": "trans-tokenization", "recurrent": True}}


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ({"method": "random"}, EvidenceNames()),
        ({"method": "trans-tokenization"}, EvidenceNames()),
        ({"method": "trans-tokenization", "recurrent": True}, VECTORS),
        ({"method": "wechsel"}, VECTORS),
        ({"method": "focus"}, EvidenceNames()),
        ({"method": "focus", "auxiliary": "word"}, VECTORS),
        ({"method": "ofa"}, EvidenceNames(multilingual_vectors="english")),
        ({"method": "ramen"}, EvidenceNames()),
        ({"method": "ramen", "evidence": "vectors"}, VECTORS),
        ({"method": "tokalign"}, EvidenceNames()),
        ({"method": "clp"}, EvidenceNames(donor="tiny-bert")),
        ({"method": "tokensurgeon"}, EvidenceNames(donor="tiny-bert")),
        ({"method": "mixture"}, VECTORS),
        ({"method": "mixture", "components": [COUNTS]}, EvidenceNames()),
        (
            {"method": "mixture", "components": [OFA, CLP]},
            EvidenceNames(multilingual_vectors="english", donor="tiny-bert"),
        ),
        ({"method": "mixture", "components": [OFA, WECHSEL]}, VECTORS),
        (
            {"method": "mixture", "components": [OFA, RECURRENT]},
            EvidenceNames(("english-swahili",), "english"),
        ),
    ],
    ids=str,
)
def test_a_method_reads_the_evidence_it_takes(
    content: dict[str, Any], method: dict[str, Any], expected: EvidenceNames
) -> None:
    content["initializations"]["it"] = method
    content["runs"]["swahili"] |= {"multilingual_vectors": "english", "donor": "tiny-bert"}
    assert evidence(check(content, "tiny"), "swahili", "it") == expected


def test_the_default_mixture_goes_without_vectors(content: dict[str, Any]) -> None:
    content["initializations"]["mixture"] = {"method": "mixture"}
    content["runs"]["swahili"] |= {"alignments": [], "initializations": ["random", "mixture"]}
    assert evidence(check(content, "tiny"), "swahili", "mixture") == EvidenceNames()


@pytest.mark.parametrize(
    ("method", "change", "message"),
    [
        ({"method": "wechsel"}, {"alignments": []}, "alignments is empty"),
        ({"method": "focus", "auxiliary": "word"}, {"alignments": []}, "alignments is empty"),
        (
            {"method": "trans-tokenization", "recurrent": True},
            {"alignments": []},
            "alignments is empty: there is no dictionary",
        ),
        ({"method": "focus"}, {"corpora": []}, "corpora is empty"),
        ({"method": "tokalign"}, {"corpora": []}, "corpora is empty"),
        ({"method": "ramen"}, {"corpora": ["english"]}, "follow no pivot"),
        ({"method": "clp"}, {}, "donor is not set"),
        ({"method": "mixture", "components": [COUNTS, CLP]}, {}, "donor is not set"),
        ({"method": "mixture"}, {"alignments": [], "corpora": []}, "needs"),
        ({"method": "random"}, {"donor": "nobody"}, "'nobody' is not in models"),
    ],
    ids=str,
)
def test_a_run_must_have_what_its_methods_need(
    content: dict[str, Any], method: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    content["initializations"]["it"] = method
    del content["runs"]["swahili"]["pretraining"]
    content["runs"]["swahili"] |= {"initializations": ["it"]} | change
    content["report"] = {"baseline": "it"}
    with pytest.raises(ConfigError, match=message):
        check(content, "tiny")


def test_a_revised_method_alone_is_made_again(monkeypatch):
    stage = STAGE_VERSION["initialization"]
    plain, mixture = (check_method({"method": name}, "settings") for name in ("random", "mixture"))
    monkeypatch.setattr(type(mixture), "revision", 3)
    versions = [json.loads(settings_text(each, "initialization")) for each in (plain, mixture)]
    assert [each["stage_version"] for each in versions] == [stage, stage + 3]


def test_what_is_left_out_of_a_corpus_waits_for_other_corpora_and_cleans_nothing_again(
    content: dict[str, Any],
) -> None:
    sample = {"source": "sample", "format": "text"}
    content["sources"]["sample"] = {"kind": "local", "path": "sample.txt"}
    content["corpora"]["swahili"] |= {
        "near_duplicates": {"against": ["english"]},
        "select": {"method": "cross-entropy-difference", "texts": [sample], "share": 0.5},
    }
    config, names = check(content, "tiny"), {"name": "swahili"}
    reads = STAGES["prepare_corpus"].reads(config, names)
    assert reads["compared"].places == ["corpora/english"]
    assert "downloads/sample" in reads["downloads"].places
    assert "downloads/sample" not in STAGES["clean_shard"].reads(config, names)["downloads"].places
    block = cleaning_block(config, "swahili")
    assert block.select is None and block.near_duplicates is None
    small = scale(config).corpora["swahili"].select
    assert small is not None and small.share == 0.5 and small.texts[0].source != "sample"
