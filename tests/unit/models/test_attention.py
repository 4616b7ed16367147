"""Plain attention is that of the fused kernel; without dropout nothing is left to chance."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
)

from lingraft.config.adapter import Adapter
from lingraft.models.attention import choose_attention, computes_plainly, drop_nothing
from lingraft.models.enhanced_decoder import add_decoder
from lingraft.models.heads import attention_inputs, prediction_loss
from lingraft.models.lora import add_adapter

CPU, LENGTH = torch.device("cpu"), 32
SIZE = {"vocab_size": 61, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2,
        "intermediate_size": 24, "max_position_embeddings": 40}  # fmt: skip
CONFIGS: dict[str, Any] = {
    "bert": BertConfig(**SIZE),
    "distilbert": DistilBertConfig(vocab_size=61, dim=16, n_layers=2, n_heads=2, hidden_dim=24),
    "modernbert": ModernBertConfig(
        **SIZE, pad_token_id=0, local_attention=8, global_attn_every_n_layers=2,
        attention_dropout=0.2, embedding_dropout=0.2, mlp_dropout=0.2,
    ),
    "deberta-v2": DebertaV2Config(**SIZE, relative_attention=True, pos_att_type=["c2p", "p2c"]),
    "gpt2": GPT2Config(
        vocab_size=61, n_embd=16, n_layer=2, n_head=2, n_positions=40, bos_token_id=0,
        eos_token_id=0,
    ),
    "llama": LlamaConfig(**SIZE, num_key_value_heads=2, pad_token_id=0, attention_dropout=0.2),
}  # fmt: skip
CAUSAL = ("gpt2", "llama")
FUSED = [name for name in CONFIGS if name != "deberta-v2"]


def _model(name: str) -> Any:
    torch.manual_seed(1)
    auto = AutoModelForCausalLM if name in CAUSAL else AutoModelForMaskedLM
    return auto.from_config(deepcopy(CONFIGS[name])).eval()


def _nats(model: Any, *, padded: bool, apart: bool) -> torch.Tensor:
    """The loss of two rows, of which a part is padding or another document."""
    generator = torch.Generator().manual_seed(2)
    ids_NL = torch.randint(1, 61, (2, LENGTH), generator=generator)
    real_NL = torch.ones_like(ids_NL, dtype=torch.bool)
    if padded:
        real_NL[1, 20:] = False
    documents_NL = (torch.arange(LENGTH) >= 9).long().expand(2, -1).clone() if apart else None
    if documents_NL is not None:
        documents_NL[~real_NL] = -1
    inputs = attention_inputs(model, real_NL if padded else None, documents_NL)
    places_P = torch.tensor([3, 8, 15, LENGTH + 2, LENGTH + 12])
    return prediction_loss(model, ids_NL, places_P, ids_NL.flatten()[places_P], **inputs)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("name", FUSED)
def test_plain_products_give_the_losses_of_the_kernel(name: str, padded: bool, apart: bool) -> None:
    fused, plain = _model(name), _model(name)
    plain.set_attn_implementation("eager")
    assert computes_plainly(plain) and not computes_plainly(fused)
    expected = _nats(fused, padded=padded, apart=apart)
    torch.testing.assert_close(_nats(plain, padded=padded, apart=apart), expected)


@pytest.mark.parametrize(
    ("device", "precision", "length", "plain"),
    [
        ("cpu", "bf16", 256, True),
        ("cpu", "bf16", 257, False),  # L x L numbers for each head
        ("cpu", "fp32", 64, False),
        ("cuda", "bf16", 64, False),
    ],
)
def test_plain_products_are_taken_where_they_are_faster(
    device: str, precision: str, length: int, plain: bool
) -> None:
    model = _model("bert")
    choose_attention(model, torch.device(device), precision, length)
    assert computes_plainly(model) is plain


def test_a_model_with_one_way_keeps_it() -> None:
    model = _model("deberta-v2")
    before = model.config._attn_implementation
    choose_attention(model, CPU, "bf16", 64)
    assert model.config._attn_implementation == before


@pytest.mark.parametrize("name", CONFIGS)
def test_without_dropout_a_training_model_is_the_same_twice(name: str) -> None:
    model = _model(name)
    expected = _nats(model, padded=False, apart=False)
    model.train()
    assert _nats(model, padded=False, apart=False) != expected
    drop_nothing(model)
    torch.testing.assert_close(_nats(model, padded=False, apart=False), expected)


def test_an_added_decoder_drops_nothing_and_an_adapter_as_it_says() -> None:
    model = _model("bert")
    add_adapter(model, Adapter(dropout=0.3), 1)
    add_decoder(model, 1)
    drop_nothing(model)
    found = {
        name: module.p for name, module in model.named_modules() if isinstance(module, nn.Dropout)
    }
    assert {share for name, share in found.items() if "lora_" in name} == {0.3}
    assert {share for name, share in found.items() if "lora_" not in name} == {0.0}
    assert model.enhanced_decoder.attention_dropout == 0.0
    assert model.config.hidden_dropout_prob == 0.1  # what is written with the model
