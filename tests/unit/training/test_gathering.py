"""ZeRO 3 gathers weights by layers, and takes the steps that it takes without them."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
)

from lingraft.config.adapter import Adapter
from lingraft.config.pretraining import Pretraining
from lingraft.models import needed_places
from lingraft.models.lora import add_adapter
from lingraft.training import engine, gathering
from lingraft.training.batches import Batch, BatchCounts
from lingraft.training.engine import Engine
from lingraft.training.layout import Layout, deepspeed_config
from lingraft.training.objectives import objective_of_recipe
from lingraft.training.parameters import group
from lingraft.training.world import join_world

SMALL: dict[str, Any] = {
    "vocab_size": 17, "hidden_size": 8, "num_hidden_layers": 3, "num_attention_heads": 2,
    "intermediate_size": 16, "embedding_size": 8, "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}  # fmt: skip
ADAPTER = Adapter(rank=2)
# Everything is gathered before its use and released after it, as of a large model.
RELEASING = {
    "stage3_param_persistence_threshold": 0, "stage3_max_reuse_distance": 0,
    "stage3_prefetch_bucket_size": 100,
}  # fmt: skip


def bert() -> Any:
    torch.manual_seed(0)
    return BertForMaskedLM(BertConfig(**SMALL))


def gpt2() -> Any:
    torch.manual_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=17, n_embd=8, n_layer=3, n_head=2, resid_pdrop=0.0, embd_pdrop=0.0,
            attn_pdrop=0.0,
        )
    )  # fmt: skip


def steps(
    model: Any,
    zero_stage: int,
    compiled: bool = False,
    activation_checkpointing: bool = False,
    **settings: Any,
) -> dict[str, Any]:
    """Losses, and the weights after three steps of two micro-batches."""
    recipe = Pretraining(steps=3, batch_size=4, learning_rate=1e-3, **settings)
    layout = Layout(zero_stage, "fp32", 2, 2, activation_checkpointing, compiled)
    objective = objective_of_recipe(model, recipe)
    trainer = Engine(objective, recipe, recipe.all_stages[0], layout, join_world())
    losses = []
    for step in range(3):
        random = np.random.default_rng(step)
        batches = []
        for _ in range(2):
            ids_NL = random.integers(0, 17, (2, 6))
            positions_P = np.array([1, 3, 4, 7, 9, 10])
            targets_P = random.integers(0, 17, 6)
            batches.append((1, Batch(ids_NL, positions_P, targets_P)))
        counts = BatchCounts(12, 0, 4, 24)
        losses.append(trainer.update(batches, counts, 1.0).nats)
    weights = {name: tensor.clone() for name, tensor in trainer.weights()}
    trainer.close()
    return {"losses": losses, "weights": weights}


def require_near(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert left["losses"] == pytest.approx(right["losses"], abs=1e-4)
    assert left["weights"].keys() == right["weights"].keys()
    for name, tensor in left["weights"].items():
        # Adam's step is large where a gradient is about zero, as those of keys' biases are.
        if not name.endswith(("key.bias", "c_attn.bias")):
            torch.testing.assert_close(tensor, right["weights"][name], atol=2e-5, rtol=0)


@pytest.mark.parametrize("make", [bert, gpt2])
@pytest.mark.parametrize(
    "stage",
    [{}, {"train": "body"}, {"train": "body", "layers": [1]}, {"train": "embeddings"}],
    ids=["all", "body", "a-layer", "embeddings"],
)
def test_zero_3_takes_the_steps_of_no_zero(make: Callable[[], Any], stage: dict[str, Any]) -> None:
    """Also where the first layer that is trained gets inputs that want no gradient."""
    objective = "masked" if make is bert else "causal"
    plain = steps(make(), 0, objective=objective, **stage)
    require_near(steps(make(), 3, objective=objective, **stage), plain)


@pytest.mark.parametrize("train", ["all", "body"])
def test_an_adapter_of_a_frozen_body(train: str) -> None:
    def model() -> Any:
        made = gpt2()
        add_adapter(made, ADAPTER, seed=0)
        return made

    recipe: dict[str, Any] = {"objective": "causal", "adapter": ADAPTER, "train": train}
    require_near(steps(model(), 3, **recipe), steps(model(), 0, **recipe))


def test_released_weights_train_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = steps(bert(), 3)
    releases(monkeypatch)
    require_equal(steps(bert(), 3), kept)


@pytest.mark.parametrize("released", [False, True])
def test_compiled_layers_are_one_graph(monkeypatch: pytest.MonkeyPatch, released: bool) -> None:
    """DeepSpeed's hooks run outside of the compiled code, which sees whole weights always."""
    # Compiled layers compute all places, and bits are compared.
    monkeypatch.setattr(needed_places, "may_be_narrowed", lambda layer: False)
    plain = steps(bert(), 3)
    if released:
        releases(monkeypatch)
    compile_ = partial(torch.compile, backend="aot_eager", fullgraph=True)
    monkeypatch.setattr(torch, "compile", lambda function, options: compile_(function))
    torch._dynamo.utils.counters.clear()
    with torch._dynamo.config.patch(recompile_limit=8, suppress_errors=False):
        require_equal(steps(bert(), 3, compiled=True), plain)
    counters = torch._dynamo.utils.counters
    assert counters["stats"]["unique_graphs"] == 1  # for three layers and both micro-batches
    assert not counters["graph_break"]


def test_activations_that_are_computed_again() -> None:
    plain, again = (steps(bert(), 3, activation_checkpointing=again) for again in (False, True))
    require_near(again, plain)


def releases(monkeypatch: pytest.MonkeyPatch) -> None:
    def configuration(*given: Any) -> dict[str, Any]:
        made = deepspeed_config(*given)
        made["zero_optimization"] |= RELEASING
        return made

    monkeypatch.setattr(engine, "deepspeed_config", configuration)


def require_equal(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert left["losses"] == right["losses"]
    assert all(tensor.equal(right["weights"][name]) for name, tensor in left["weights"].items())


def test_which_layers_are_whole() -> None:
    model = bert()
    layers = list(model.bert.encoder.layer)
    assert gathering.whole_layers(model, is_observed=False) == layers
    assert gathering.whole_layers(model, is_observed=True) == []
    model.bert.encoder.layer[2].output.dense.weight = layers[1].output.dense.weight
    assert gathering.whole_layers(model, is_observed=False) == []
    assert gathering.whole_layers(AlbertForMaskedLM(AlbertConfig(**SMALL)), False) == []


def test_matrices_come_before_what_would_move_them() -> None:
    model = bert()
    recipe = Pretraining(steps=1)
    groups = group(model, recipe, recipe.all_stages[0])
    ordered = gathering.aligned_first(groups)
    # The output layer's bias has 17 numbers.
    assert [entry.name for entry in groups][1] == ordered[-1].name == "embeddings-undecayed"
    assert sorted(e.name for e in ordered) == sorted(e.name for e in groups)


def test_layers_with_odd_weights_are_not_compiled(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The code of the first layer would read those of another at addresses that it does not fit."""
    compiled: list[nn.Module] = []
    monkeypatch.setattr(gathering, "compile_forward", compiled.extend)
    for layers in ([], [nn.Linear(8, 8), nn.Linear(3, 3)]):
        gathering.compile_whole(layers)
        assert not compiled
        assert "the layers are not compiled" in caplog.text
        caplog.clear()
    aligned = nn.Linear(8, 8)
    gathering.compile_whole([aligned])
    assert compiled == [aligned]


def test_one_process_keeps_all_weights() -> None:
    def zero(stage: int, processes: int, compiled: bool = False) -> Any:
        layout = Layout(stage, "bf16", 1, 1, compile=compiled)
        return deepspeed_config(Pretraining(steps=1), layout, processes)["zero_optimization"]

    assert zero(1, 1) == {"stage": 1}
    assert zero(3, 2) == {"stage": 3, "memory_efficient_linear": True}
    assert zero(3, 2, compiled=True) == {"stage": 3, "memory_efficient_linear": False}
    assert zero(3, 1)["stage3_param_persistence_threshold"] > 10**12
