"""Passes in bf16 give numbers near those of fp32, in fp32; trainings decide for themselves."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
    RobertaConfig,
)

from lingraft.models.arithmetic import (
    arithmetic_of,
    compute_in,
    fast_arithmetic,
    processor_has_bf16,
)
from lingraft.models.heads import hidden_states, logits_at
from lingraft.models.rows import batch_tokens
from lingraft.models.states import states_of_rows

SIZE = {"vocab_size": 61, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 48, "max_position_embeddings": 40}  # fmt: skip
CONFIGS: dict[str, Any] = {
    "bert": BertConfig(**SIZE),
    "roberta": RobertaConfig(**SIZE),
    "distilbert": DistilBertConfig(vocab_size=61, dim=32, n_layers=2, n_heads=2, hidden_dim=48),
    "modernbert": ModernBertConfig(**SIZE, pad_token_id=0),
    "deberta-v2": DebertaV2Config(**SIZE, relative_attention=True, pos_att_type=["c2p", "p2c"]),
    "gpt2": GPT2Config(
        vocab_size=61, n_embd=32, n_layer=2, n_head=2, n_positions=40, bos_token_id=0,
        eos_token_id=0,
    ),
    "llama": LlamaConfig(**SIZE, num_key_value_heads=2, pad_token_id=0),
}  # fmt: skip
IDS_NL = torch.arange(1, 33).view(2, 16)
PLACES_P = torch.tensor([1, 5, 20])


def _model(name: str) -> Any:
    torch.manual_seed(1)
    auto = AutoModelForCausalLM if name in ("gpt2", "llama") else AutoModelForMaskedLM
    model = auto.from_config(deepcopy(CONFIGS[name])).eval()
    for parameter in model.parameters():  # as large as those of trained models
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=0.15)
    return model


@torch.no_grad()
def _read(model: Any) -> list[Tensor]:
    """What is read of a model in each of the ways of the house."""
    return [
        hidden_states(model, IDS_NL),
        states_of_rows(model.base_model, IDS_NL.tolist(), 0, 1)[0],
        torch.cat(list(logits_at(model, IDS_NL, PLACES_P))),
        model(input_ids=IDS_NL).logits,
    ]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_pass_is_near_and_in_fp32(name: str) -> None:
    model = _model(name)
    exact = _read(model)
    near = _read(compute_in(deepcopy(model), "bf16"))
    for right, found in zip(exact, near, strict=True):
        assert found.dtype == torch.float32
        assert not torch.equal(found, right)
        assert (found - right).abs().max() < 0.05 * right.abs().max()


@pytest.mark.parametrize("name", CONFIGS)
def test_two_passes_are_equal(name: str) -> None:
    first, second = (_read(compute_in(_model(name), "bf16")) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_head_apart_is_the_head_of_the_whole() -> None:
    """Its modules are called by themselves where few tokens are predicted."""
    _, _, apart_PV, whole_NLV = _read(compute_in(_model("bert"), "bf16"))
    torch.testing.assert_close(apart_PV, whole_NLV.flatten(0, 1)[PLACES_P], rtol=1e-3, atol=1e-3)


@torch.no_grad()
def test_the_layer_over_the_vocabulary_is_fp32() -> None:
    model = compute_in(_model("bert"), "bf16")
    output = model.get_output_embeddings()
    read: list[tuple[torch.dtype, bool]] = []
    output.register_forward_pre_hook(
        lambda _, given: read.append((given[0].dtype, torch.is_autocast_enabled("cpu")))
    )
    model(input_ids=IDS_NL)
    list(logits_at(model, IDS_NL, PLACES_P))
    assert read == [(torch.float32, False)] * 2
    hidden_NH = torch.randn(3, 32)
    # The same kernel: a product and a sum apart may round otherwise.
    expected_NV = nn.functional.linear(hidden_NH, output.weight, output.bias)
    assert torch.equal(output(hidden_NH), expected_NV)


def test_weights_and_fp32_are_left_alone() -> None:
    model = _model("bert")
    exact = _read(model)
    assert arithmetic_of(model) == "fp32"
    assert all(map(torch.equal, exact, _read(compute_in(model, "fp32"))))
    assert batch_tokens(model) == 512
    compute_in(model, "bf16")
    assert arithmetic_of(model) == arithmetic_of(model.base_model) == "bf16"
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert batch_tokens(model.base_model) == 2048


def test_a_training_decides_for_itself() -> None:
    """Gradients, and the loss before them, are those of a model that was never watched."""
    plain, watched = _model("bert"), compute_in(_model("bert"), "bf16")
    for enabled in (False, True):
        found = []
        for model in (plain, watched):
            model.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
                loss = model(input_ids=IDS_NL, labels=IDS_NL).loss
            loss.backward()
            found.append([loss, *(p.grad for p in model.parameters() if p.grad is not None)])
        assert all(map(torch.equal, *found))


def test_an_error_ends_the_arithmetic() -> None:
    model = compute_in(_model("bert"), "bf16")
    with torch.no_grad(), pytest.raises(IndexError):
        model(input_ids=torch.tensor([[1000]]))
    assert not torch.is_autocast_enabled("cpu")


@torch.no_grad()
def test_a_copy_computes_with_its_own_weights() -> None:
    model = compute_in(_model("bert"), "bf16")
    copied = deepcopy(model)
    for parameter in copied.parameters():
        parameter.zero_()
    assert copied(input_ids=IDS_NL).logits.abs().max() == 0
    assert model(input_ids=IDS_NL).logits.abs().max() > 0


@torch.no_grad()
def test_a_body_alone_is_watched_too() -> None:
    torch.manual_seed(1)
    body = AutoModel.from_config(BertConfig(**SIZE)).eval()
    exact = body(input_ids=IDS_NL).last_hidden_state
    found = compute_in(body, "bf16")(input_ids=IDS_NL).last_hidden_state
    assert found.dtype == torch.float32 and not torch.equal(found, exact)


@pytest.fixture(params=[True, False])
def has_bf16(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    known = {"avx512_bf16": request.param, "amx_bf16": False, "avx512_f": True}
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    # Without this argument torch counts GPUs that imitate bf16, too.
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation=True: request.param or including_emulation,
    )
    yield request.param


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_fast_is_bf16_where_the_machine_has_it(has_bf16: bool, device: str) -> None:
    assert processor_has_bf16() is has_bf16
    assert fast_arithmetic(device) == ("bf16" if has_bf16 else "fp32")
