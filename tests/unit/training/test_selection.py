"""Which parameters and rows a stage trains."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig

from lingraft.config.distillation import SourceDistillation
from lingraft.config.pretraining import Pretraining
from lingraft.config.training_stages import Stage, Trained
from lingraft.errors import ConfigError, InputError
from lingraft.initialization.weights import Provenance
from lingraft.models.factorized import factorize_model
from lingraft.models.future_heads import add_future_heads
from lingraft.training.parameters import group
from lingraft.training.selection import hold_old_rows, new_rows, select, trainable

TOKENS = 24
LLAMA = LlamaConfig(
    vocab_size=TOKENS, hidden_size=8, num_hidden_layers=3, num_attention_heads=2,
    num_key_value_heads=1, intermediate_size=8, tie_word_embeddings=False,
)  # fmt: skip


@pytest.fixture
def model() -> Any:
    return AutoModelForCausalLM.from_config(LLAMA)


def selected(model: Any, train: Trained = "all", layers: list[int] | None = None) -> set[str]:
    return set(select(model, Stage(steps=1, train=train, layers=layers)))  # type: ignore[arg-type]


def test_the_body_without_embeddings_and_head(model: Any) -> None:
    whole, body = selected(model), selected(model, "body")
    assert whole - body == {"model.embed_tokens.weight", "lm_head.weight"}


def test_some_layers_with_what_is_outside_of_the_body(model: Any) -> None:
    chosen = selected(model, layers=[0, -1])
    layers = {name for name in chosen if ".layers." in name}
    assert layers == {
        name for name in selected(model) if ".layers.0" in name or ".layers.2" in name
    }
    assert chosen - layers == {"model.embed_tokens.weight", "lm_head.weight"}
    assert selected(model, "body", [0, -1]) == layers


def test_layers_that_do_not_exist(model: Any) -> None:
    message = "layers: 3 is not a layer of this model, which has 3; write numbers from 0 to 2, or"
    with pytest.raises(ConfigError, match=message):
        selected(model, layers=[0, 3])
    with pytest.raises(ConfigError, match="layers: -4 is not a layer"):
        selected(model, layers=[-4])


@pytest.mark.parametrize("settings", [{"train": "embeddings"}, {"train": "new-rows"}])
def test_layers_are_of_the_body(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="layers would have no effect here"):
        Pretraining(steps=1, layers=[0], **settings)
    with pytest.raises(ValidationError, match="layers would have no effect here"):
        Pretraining(stages=[{"steps": 1}], layers=[0])


def test_tables_by_token(model: Any) -> None:
    assert selected(model, "new-rows") == {"model.embed_tokens.weight", "lm_head.weight"}
    tied = AutoModelForCausalLM.from_config(
        GPT2Config(vocab_size=24, n_embd=8, n_layer=1, n_head=1)
    )
    assert selected(tied, "new-rows") == {"transformer.wte.weight"}
    factorized = factorize_model(tied, np.ones((24, 3), np.float32), np.ones((3, 8), np.float32))
    (name,) = selected(factorized, "new-rows")
    assert name.endswith("coordinates.weight")  # the primitives are shared by old and new rows


def test_heads_of_further_tokens_are_trained_in_every_stage(model: Any) -> None:
    add_future_heads(model, 2)
    heads = {"future_heads.0.weight", "future_heads.1.weight"}
    for train in ("all", "embeddings", "head", "body", "new-rows"):
        assert heads < selected(model, train)  # type: ignore[arg-type]
    recipe = Pretraining(
        objective="causal", steps=1, train="new-rows", future_tokens=2, embedding_learning_rate=0.5
    )
    (entry,) = group(model, recipe, recipe.all_stages[0])
    assert entry.place == "embeddings"
    assert len(entry.parameters) == 4


def test_heads_of_further_tokens_wait_in_stages_with_a_teacher(model: Any) -> None:
    add_future_heads(model, 2)
    for train in ("all", "embeddings", "head", "body", "new-rows"):
        stage = Stage(steps=1, train=train, distillation=SourceDistillation())  # type: ignore[arg-type]
        assert not [name for name in select(model, stage) if name.startswith("future_heads")]


def test_old_rows_have_no_gradient_and_no_decay(model: Any) -> None:
    recipe = Pretraining(objective="causal", steps=1, train="new-rows", weight_decay=0.1)
    new_V = np.arange(TOKENS) % 5 == 0
    (entry,) = group(model, recipe, recipe.all_stages[0])
    assert entry.weight_decay == 0.0
    hold_old_rows(model, new_V)
    model(input_ids=torch.arange(TOKENS)[None]).logits.square().sum().backward()
    for table in (model.model.embed_tokens.weight, model.lm_head.weight):
        has_gradient_V = table.grad.abs().sum(1) > 0
        assert has_gradient_V.tolist() == new_V.tolist()
    assert trainable(model, recipe) == {"model.embed_tokens.weight", "lm_head.weight"}


def write_account(folder: Path, codes: list[Provenance]) -> Path:
    folder.mkdir()
    np.savez(folder / "weights.npz", provenance=np.array(codes, np.uint8))
    return folder


def test_new_rows_are_those_that_were_not_copied(tmp_path: Path) -> None:
    folder = write_account(tmp_path / "model", list(Provenance))
    assert new_rows(folder, 7).tolist() == [False, False, False, True, True, False, True]


def test_models_without_new_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say where its rows come from"):
        new_rows(tmp_path, 2)
    folder = write_account(tmp_path / "copied", [Provenance.EXACT, Provenance.ROLE])
    with pytest.raises(InputError, match="does not say where its rows come from"):
        new_rows(folder, 3)
    with pytest.raises(ConfigError, match="has none, each row was copied from the source"):
        new_rows(folder, 2)
