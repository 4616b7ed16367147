"""Layers and rows that a model takes back of another one."""

import copy
import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoModelForMaskedLM, BertConfig, LlamaConfig

from lingraft.errors import ConfigError, InputError
from lingraft.models.mixing import mix_layers, require_same_layers, restore_rows

RATES = {0: 0.3, 1: 0.5, -2: 0.5, -1: 0.3}


def llama(seed: int = 1, tokens: int = 24, **changed: Any) -> Any:
    torch.manual_seed(seed)
    options: dict[str, Any] = {"num_hidden_layers": 5, "tie_word_embeddings": False, **changed}
    config = LlamaConfig(
        vocab_size=tokens, hidden_size=8, num_attention_heads=2, num_key_value_heads=1,
        intermediate_size=12, pad_token_id=None, **options,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config)


def state(model: Any) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def same(one: Tensor, other: Tensor) -> bool:
    return torch.equal(one.view(torch.int32), other.view(torch.int32))


def layer_of(name: str) -> int | None:
    parts = name.split(".")
    return int(parts[parts.index("layers") + 1]) if "layers" in parts else None


def test_only_the_chosen_layers_move_and_along_the_arc() -> None:
    model, source = llama(1), llama(2)
    before, other = state(model), state(source)
    angles = mix_layers(model, source, RATES)
    rates = {0: 0.3, 1: 0.5, 3: 0.5, 4: 0.3}
    for name, found in state(model).items():
        rate = rates.get(layer_of(name))  # type: ignore[arg-type]
        if rate is None:
            assert same(found, before[name])
            continue
        one, two = before[name].double().flatten(), other[name].double().flatten()
        cosine = float(one @ two / (one.norm() * two.norm()))
        if cosine > 1 - 1e-9:  # norms, which are all ones here
            expected = (1 - rate) * one + rate * two
        else:
            angle = math.acos(cosine)
            assert angles[name] == pytest.approx(angle, abs=1e-6)
            shares = [math.sin(x * angle) / math.sin(angle) for x in (1 - rate, rate)]
            expected = shares[0] * one + shares[1] * two
        assert torch.allclose(found.double().flatten(), expected, atol=1e-7)
    assert set(angles) == {name for name in before if layer_of(name) in rates}
    assert same(source.lm_head.weight, other["lm_head.weight"])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**20), size=st.floats(1e-6, 1.0), ends=st.sampled_from([0.0, 1.0]))
def test_the_ends_are_the_models_bit_for_bit(seed: int, size: float, ends: float) -> None:
    source = llama(3, num_hidden_layers=2)
    model = copy.deepcopy(source)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(size * torch.randn(parameter.shape, generator=generator))
    before, other = state(model), state(source)
    mix_layers(model, source, {0: ends, -1: ends})
    for name, found in state(model).items():
        expected = other if ends and layer_of(name) is not None else before
        assert same(found, expected[name])


@settings(max_examples=20, deadline=None)
@given(
    rate=st.floats(0, 1), factor=st.floats(0.01, 100).map(lambda x: round(x, 3)),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_parallel_weights_are_mixed_straight(rate: float, factor: float, seed: int) -> None:
    model = llama(seed, num_hidden_layers=1)
    source = copy.deepcopy(model)
    before = state(model)
    with torch.no_grad():
        for parameter in source.parameters():
            parameter.mul_(factor)
    mix_layers(model, source, {0: rate})
    for name, found in state(model).items():
        if layer_of(name) is not None:
            straight = (1 - rate + rate * factor) * before[name].double()
            assert torch.allclose(found.double(), straight, rtol=1e-5, atol=1e-9)


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(0, 1), seed=st.integers(0, 99))
def test_between_equally_long_weights_no_length_is_lost(rate: float, seed: int) -> None:
    model, source = llama(seed, num_hidden_layers=1), llama(seed + 100, num_hidden_layers=1)
    with torch.no_grad():
        for one in (model, source):
            for parameter in one.parameters():
                parameter.div_(parameter.norm())
    mix_layers(model, source, {0: rate})
    for name, found in state(model).items():
        if layer_of(name) is not None:
            assert float(found.double().norm()) == pytest.approx(1, abs=1e-6)


def test_encoders_have_layers_too() -> None:
    config = BertConfig(
        vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=8
    )
    model, source = (AutoModelForMaskedLM.from_config(config) for _ in range(2))
    mix_layers(model, source, {-1: 1.0})
    own, other = state(model), state(source)
    assert all(same(own[name], other[name]) for name in own if "layer.1." in name)


@pytest.mark.parametrize(
    ("rates", "changed", "message"),
    [
        ({5: 0.5}, {}, "layers: 5 is not a layer of this model, which has 5"),
        ({-6: 0.5}, {}, "layers: -6 is not a layer of this model"),
        ({0: 0.5, -5: 0.5}, {}, "layers: 0, -5 name a layer twice in this model, which has 5"),
        ({-1: 0.5}, {"num_hidden_layers": 4}, "the source has 4 layers, and the trained model 5"),
        ({0: 0.5}, {"attention_bias": True}, r"k_proj.bias is \(4,\) there, and missing in the"),
    ],
)
def test_layers_that_cannot_be_mixed(
    rates: dict[int, float], changed: dict[str, Any], message: str
) -> None:
    models = llama(1), llama(2, **changed)
    before = state(models[0])
    for act in (require_same_layers, mix_layers):
        with pytest.raises(ConfigError, match=message):
            act(*models, rates)
    assert all(same(tensor, before[name]) for name, tensor in state(models[0]).items())


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("source_tied", [False, True])
def test_rows_come_from_both_tables_of_the_source(tied: bool, source_tied: bool) -> None:
    model = llama(1, tokens=30, tie_word_embeddings=tied)
    source = llama(2, tokens=24, tie_word_embeddings=source_tied)
    before, other = state(model), state(source)
    if tied and not source_tied:
        with pytest.raises(InputError, match="has one matrix for embeddings and head, and its sou"):
            restore_rows(model, source, {29: 3})
        return
    restore_rows(model, source, {0: 5, 29: 3})
    for name, found in state(model).items():
        if name not in ("model.embed_tokens.weight", "lm_head.weight"):
            assert same(found, before[name])
            continue
        assert same(found[0], other[name][5]) and same(found[29], other[name][3])
        assert same(found[1:29], before[name][1:29])


def test_a_bias_by_token_is_a_table() -> None:
    def bert(seed: int, tokens: int) -> Any:
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=tokens, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=8,
        )  # fmt: skip
        model = AutoModelForMaskedLM.from_config(config)
        torch.nn.init.normal_(model.cls.predictions.bias)
        return model

    model, source = bert(1, 12), bert(2, 9)
    restore_rows(model, source, {11: 2})
    assert same(model.cls.predictions.bias[11], source.cls.predictions.bias[2])
    assert not same(model.cls.predictions.bias[2], source.cls.predictions.bias[2])


def test_rows_of_another_width() -> None:
    with pytest.raises(InputError, match=r"the source has no table like model.embed_tokens.weight"):
        restore_rows(llama(1), AutoModelForCausalLM.from_config(_wider()), {0: 0})


def _wider() -> LlamaConfig:
    return LlamaConfig(
        vocab_size=24, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=8,
    )  # fmt: skip
