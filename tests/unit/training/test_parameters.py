"""What is trained, at which rate, with which decay."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, BertConfig, GPT2Config

from lingraft.artifacts import new_artifact
from lingraft.config.adapter import Adapter
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import Stage, Trained
from lingraft.models.enhanced_decoder import add_decoder
from lingraft.models.loading import load_model
from lingraft.models.writing import write_model
from lingraft.training.parameters import group, load_to_train, make_plain, peaks
from lingraft.training.selection import select


@pytest.fixture
def model() -> Any:
    config = BertConfig(
        vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=30,
    )  # fmt: skip
    return AutoModelForMaskedLM.from_config(config)


def groups_of(model: Any, **settings: Any) -> dict[str, Any]:
    recipe = Pretraining(steps=1, **settings)
    return {entry.name: entry for entry in group(model, recipe, recipe.all_stages[0])}


def test_every_parameter_is_in_one_group(model: Any) -> None:
    groups = groups_of(model)
    members = [id(p) for entry in groups.values() for p in entry.parameters]
    assert len(members) == len(set(members)) == len(list(model.parameters()))
    assert set(groups) == {
        "embeddings-decayed", "embeddings-undecayed", "body-decayed", "body-undecayed"
    }  # fmt: skip


def test_only_matrices_decay(model: Any) -> None:
    for name, entry in groups_of(model, weight_decay=0.1).items():
        assert entry.weight_decay == (0.1 if name.endswith("-decayed") else 0.0)
        assert all((p.ndim > 1) == name.endswith("-decayed") for p in entry.parameters)


def test_embeddings_may_have_a_rate_of_their_own(model: Any) -> None:
    groups = groups_of(model, learning_rate=1e-4, embedding_learning_rate=1e-3)
    assert groups["embeddings-decayed"].learning_rate == 1e-3
    assert groups["body-decayed"].learning_rate == 1e-4
    assert len(groups["embeddings-decayed"].parameters) == 1


def test_a_stage_may_have_a_rate_of_its_own(model: Any) -> None:
    stages = [{"steps": 1, "train": "embeddings", "embedding_learning_rate": 0.5}, {"steps": 1}]
    recipe = Pretraining(stages=stages, embedding_learning_rate=1e-3)  # type: ignore[arg-type]
    rates = [peaks(group(model, recipe, stage))["embeddings"] for stage in recipe.all_stages]
    assert rates == [0.5, 1e-3]


@pytest.mark.parametrize("train", ["embeddings", "head"])
def test_the_rest_is_frozen(model: Any, train: Trained) -> None:
    trained = select(model, Stage(steps=1, train=train))
    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    assert set(trained).isdisjoint(frozen)
    assert all(name.startswith("bert.encoder") or "embeddings" in name or "cls" in name
               for name in frozen)  # fmt: skip
    has_embeddings = "bert.embeddings.word_embeddings.weight" in trained
    assert has_embeddings == (train == "embeddings")
    assert not any(name.startswith("bert.encoder") for name in trained)


def test_what_a_training_adds_is_taken_away_again(tmp_path: Path, model: Any) -> None:
    """An adapter's updates stay in the weights, a decoder leaves nothing."""
    with new_artifact(tmp_path / "model", "model") as staging:
        model.save_pretrained(staging)
    recipe = Pretraining(steps=1, objective="dupmae", adapter=Adapter(rank=2, targets=("query",)))
    trained = load_to_train(tmp_path / "model", recipe, seed=1)
    again = load_to_train(tmp_path / "model", recipe, seed=1)
    assert all(p.equal(q) for p, q in zip(trained.parameters(), again.parameters(), strict=True))
    added = {name.split(".")[0] for name, _ in trained.named_parameters()} - {"bert", "cls"}
    assert added == {"enhanced_decoder"}
    make_plain(trained, recipe)
    assert {name for name, _ in trained.named_parameters()} == {
        name for name, _ in model.named_parameters()
    }


@pytest.mark.parametrize("train", ["embeddings", "head", "all"])
def test_a_decoder_is_trained_in_every_stage(model: Any, train: Trained) -> None:
    add_decoder(model, 1)
    trained = select(model, Stage(steps=1, train=train))
    assert {name for name in trained if "decoder." in name} >= {
        "enhanced_decoder.query.weight", "enhanced_decoder.outer_norm.bias"
    }  # fmt: skip
    assert ("bert.encoder.layer.0.intermediate.dense.weight" in trained) == (train == "all")


def test_an_untied_head_has_a_matrix_of_its_own(tmp_path: Path) -> None:
    """It stays one in the result, once it has learned something else than the embeddings."""
    config = GPT2Config(vocab_size=9, n_embd=8, n_layer=1, n_head=1)
    with new_artifact(tmp_path / "model", "model") as staging:
        AutoModelForCausalLM.from_config(config).save_pretrained(staging)
    recipe = Pretraining(objective="causal", steps=1, untie=True)
    trained = load_to_train(tmp_path / "model", recipe, seed=1)
    head, matrix = trained.lm_head.weight, trained.transformer.wte.weight
    assert head is not matrix
    assert head.equal(matrix)
    with torch.no_grad():
        matrix[3] += 1.0
    make_plain(trained, recipe)
    write_model(trained, tmp_path / "result")
    again = load_model(tmp_path / "result")
    assert again.lm_head.weight.equal(head)  # type: ignore[operator,union-attr]
    assert again.transformer.wte.weight.equal(matrix)  # type: ignore[operator,union-attr]


def test_without_dropout_the_configuration_stays(tmp_path: Path, model: Any) -> None:
    with new_artifact(tmp_path / "model", "model") as staging:
        model.save_pretrained(staging)
    for dropout, share in ((None, 0.1), (False, 0.0)):
        trained = load_to_train(tmp_path / "model", Pretraining(steps=1, dropout=dropout), seed=1)
        shares = {m.p for m in trained.modules() if isinstance(m, torch.nn.Dropout)}
        assert shares == {share}
        assert trained.config.hidden_dropout_prob == 0.1  # what is written with the model
