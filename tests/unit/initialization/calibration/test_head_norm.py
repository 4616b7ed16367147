"""The logits of many architectures are scaled, and nothing else of them changes."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from tests.unit.initialization.architecture_samples import CAUSAL, MASKED, SIZES, make_model

from lingraft.initialization.calibration.calibrate import _biases
from lingraft.initialization.calibration.head_norm import scale_head
from lingraft.models.factorized import factorize_model
from lingraft.models.token_tables import every_parameter

NARROW = {"vocab_size": 45, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 40}
DISTILLED = {
    "vocab_size": 45, "dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 24, "pad_token_id": 1,
}  # fmt: skip
OTHERS: dict[str, tuple[type, dict[str, Any]]] = {
    "DistilBert": (transformers.DistilBertForMaskedLM, DISTILLED),
    "ModernBert": (transformers.ModernBertForMaskedLM, SIZES),
    "Electra": (transformers.ElectraForMaskedLM, SIZES | {"embedding_size": 8}),
    "GPT2": (transformers.GPT2LMHeadModel, NARROW),
    "Gemma2": (
        transformers.Gemma2ForCausalLM,
        SIZES | {"num_key_value_heads": 2, "head_dim": 8},
    ),
}  # fmt: skip
# They bend their logits by tanh, so no factor before it is a factor of the logits.
BENT = {"Gemma2", "Gemma3n"}
IDS = torch.tensor([[0, 10, 20, 30, 4, 12, 2]])


def sample(kind: str, tied: bool | None = None) -> Any:
    if kind in MASKED or kind in CAUSAL:
        return make_model(kind, tied)
    made, sizes = OTHERS[kind]
    torch.manual_seed(0)
    model = made(made.config_class(**sizes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model


@torch.no_grad()
def answer(model: Any) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits, and the hidden states of every layer."""
    found = model(input_ids=IDS, output_hidden_states=True)
    return found.logits.float(), [state.float() for state in found.hidden_states]


def bias_of(model: Any) -> Any:
    biases = _biases(model)
    return biases[0].detach().clone() if biases else None


FORMS = [(kind, tied) for kind in [*MASKED, *CAUSAL] for tied in (None, False)]


@pytest.mark.parametrize(("kind", "tied"), [*FORMS, *((kind, None) for kind in OTHERS)])
def test_the_logits_alone_are_scaled(kind: str, tied: bool | None) -> None:
    factor = 0.3
    model = sample(kind, tied)
    bias_V, (logits, states) = bias_of(model), answer(model)
    before = {name: value.detach().clone() for name, value in every_parameter(model).items()}
    done = scale_head(model, factor, bias_V)
    assert done is (kind not in BENT)
    found, now = answer(model)
    changed = {
        name
        for name, value in every_parameter(model).items()
        if not torch.equal(value, before[name])
    }
    if not done:
        assert not changed
        assert torch.equal(found, logits)
        return
    shift = 0.0 if bias_V is None else bias_V
    torch.testing.assert_close(found - shift, factor * (logits - shift), rtol=1e-4, atol=1e-4)
    assert {name.rpartition(".")[2] for name in changed} <= {"weight", "bias"}
    assert len({name.rpartition(".")[0] for name in changed}) == 1  # one layer
    *same, last = [torch.equal(one, two) for one, two in zip(states, now, strict=True)]
    assert all(same)
    if not last:  # a decoder's last normalization: the directions stay
        cosines = torch.nn.functional.cosine_similarity(states[-1], now[-1], dim=-1)
        torch.testing.assert_close(cosines, torch.ones_like(cosines))


@pytest.mark.parametrize("kind", ["Bert", "Gemma", "GPT2", "Roberta"])
@pytest.mark.parametrize("factor", [0.1, 0.97, 1.0, 10.0])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_half_precision(kind: str, factor: float, dtype: torch.dtype) -> None:
    model = sample(kind).to(dtype)
    bias_V, (logits, _) = bias_of(model), answer(model)
    before = {name: value.detach().clone() for name, value in every_parameter(model).items()}
    assert scale_head(model, factor, bias_V)
    assert {value.dtype for value in every_parameter(model).values()} == {dtype}
    if factor == 1.0:
        for name, value in every_parameter(model).items():
            assert torch.equal(value, before[name])
    shift = 0.0 if bias_V is None else bias_V.float()
    found = answer(model)[0] - shift
    error = (found - factor * (logits - shift)).abs().max() / (
        factor * (logits - shift).abs().max()
    )
    assert error < 6 * torch.finfo(dtype).eps + 1e-4


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "Llama", "GPT2"])
def test_factorized_embeddings(kind: str) -> None:
    generator = np.random.default_rng(0)
    model = factorize_model(
        sample(kind, None if kind == "GPT2" else True),
        generator.normal(size=(45, 4)).astype(np.float32),
        generator.normal(size=(4, 16)).astype(np.float32),
    )
    bias_V, (logits, _) = bias_of(model), answer(model)
    assert (bias_V is None) is (kind in ("Llama", "GPT2"))
    assert scale_head(model, 0.4, bias_V)
    shift = 0.0 if bias_V is None else bias_V
    torch.testing.assert_close(
        answer(model)[0] - shift, 0.4 * (logits - shift), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("kind", ["Bert", "Gemma", "Gemma2"])
def test_a_model_with_the_same_tensors_stays_as_it_is(kind: str) -> None:
    model = sample(kind)
    other = copy.deepcopy(model)
    other.load_state_dict(model.state_dict(), assign=True)
    before = answer(other)[0]
    scale_head(model, 0.5, bias_of(model))
    assert torch.equal(answer(other)[0], before)


def test_a_layer_that_others_use_is_left_alone() -> None:
    """Its factor would be one of the states too."""
    model = sample("Llama")
    model.model.layers[0].input_layernorm = model.model.norm
    before = answer(model)[0]
    assert not scale_head(model, 0.5, None)
    assert torch.equal(answer(model)[0], before)


def test_a_bend_that_no_configuration_names(monkeypatch: pytest.MonkeyPatch) -> None:
    model = sample("Llama")
    forward = model.lm_head.forward
    monkeypatch.setattr(model.lm_head, "forward", lambda states: forward(states).tanh())
    before = {name: value.detach().clone() for name, value in every_parameter(model).items()}
    assert not scale_head(model, 0.5, None)
    assert all(torch.equal(v, before[n]) for n, v in every_parameter(model).items())
