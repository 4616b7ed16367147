"""One process trains fp32 weights behind bf16 ones, as ZeRO does for several."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from lingraft.config.pretraining import Pretraining
from lingraft.training.batches import Batch, BatchCounts
from lingraft.training.engine import Engine
from lingraft.training.layout import Layout
from lingraft.training.master_weights import MasterWeights
from lingraft.training.objectives import LanguageModeling
from lingraft.training.world import join_world

TINY = {
    "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 2,
}  # fmt: skip


def model_of(tied: bool = True) -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**TINY, tie_word_embeddings=tied))


def trained_by(zero_stage: int, steps: int, accumulation: int = 1) -> dict[str, Tensor]:
    """All that an engine trains after some updates in bf16, with its moments."""
    recipe = Pretraining(objective="causal", steps=steps, learning_rate=1e-2, sequence_length=8)
    layout = Layout(zero_stage, "bf16", micro_batch=1, accumulation=accumulation)
    objective = LanguageModeling(model_of())
    engine = Engine(objective, recipe, recipe.all_stages[0], layout, join_world())
    for step in range(steps):
        rows = list(batches(step, accumulation))
        engine.update(list(enumerate(rows)), total(rows), 1.0)
    found = {name: tensor.clone() for name, tensor in (*engine.weights(), *engine.moments())}
    engine.close()
    return found


def batches(step: int, count: int) -> Iterator[Batch]:
    generator = np.random.default_rng(step)
    for _ in range(count):
        ids_NL = generator.integers(3, 40, (1, 8))
        yield Batch(ids_NL, np.arange(7), ids_NL[0, 1:])


def total(rows: list[Batch]) -> BatchCounts:
    return BatchCounts(*map(sum, zip(*(row.counts for row in rows), strict=True)))


@pytest.mark.parametrize("accumulation", [1, 3])
def test_the_updates_are_those_of_zero(accumulation: int) -> None:
    ours, theirs = (trained_by(stage, 4, accumulation) for stage in (0, 1))
    assert set(ours) == set(theirs)
    for name, found in ours.items():
        assert found.dtype == torch.float32
        # ZeRO adds the gradients of micro-batches in bf16, we in fp32.
        error = (found - theirs[name]).norm() / theirs[name].norm()
        assert error < (1e-5 if accumulation == 1 else 0.05), name


def test_small_gradients_of_many_micro_batches_are_not_lost() -> None:
    model = nn.Linear(1, 1, bias=False)
    masters = MasterWeights(model, model.parameters())
    for gradient in (1.0, *[2.0**-10] * 64):
        model.weight.grad = torch.full((1, 1), gradient, dtype=torch.bfloat16)
        masters.add_gradients()
        assert model.weight.grad is None
    # Each 2**-10 is below bf16's precision at 1, so a sum in bf16 would still be 1.
    assert masters.of(model.weight).grad == 1.0625


def test_the_model_has_the_masters_rounded_and_the_gradients_are_gone() -> None:
    model = nn.Linear(3, 2)
    exact = model.weight.detach().clone()
    masters = MasterWeights(model, [model.weight])
    assert model.weight.dtype == model.bias.dtype == torch.bfloat16
    assert torch.equal(masters.of(model.weight), exact)
    optimizer = torch.optim.SGD([masters.of(model.weight)], lr=1e-4)
    optimizer.register_step_post_hook(masters.publish)
    for _ in range(40):  # each is too small to change a bf16 weight
        model.weight.grad = torch.ones_like(model.weight)
        masters.add_gradients()
        optimizer.step()
        assert masters.of(model.weight).grad is None
    assert torch.allclose(masters.of(model.weight), exact - 0.004, atol=1e-6)
    assert torch.equal(model.weight, masters.of(model.weight).bfloat16())


def test_a_parameter_without_gradient_leaves_its_master_without() -> None:
    model = nn.Linear(3, 2)
    masters = MasterWeights(model, model.parameters())
    model.bias.grad = torch.ones_like(model.bias)
    masters.add_gradients()
    assert masters.of(model.weight).grad is None and masters.of(model.bias).grad is not None


def test_what_a_class_wants_in_fp32_stays() -> None:
    model: Any = nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2))
    model._keep_in_fp32_modules_strict = {"1"}
    MasterWeights(model, model.parameters())
    assert {p.dtype for p in model[0].parameters()} == {torch.bfloat16}
    assert {p.dtype for p in model[1].parameters()} == {torch.float32}
