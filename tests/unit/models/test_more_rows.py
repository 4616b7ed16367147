"""A model with more rows for a while is the model that transformers makes with that vocabulary."""

from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3nTextConfig,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    PhiConfig,
)

from lingraft.models.factorized import factorize_model
from lingraft.models.more_rows import MoreRows, more_inputs, more_tokens, row_number, why_not
from lingraft.models.token_tables import blank_model, resize_vocabulary, token_tables

SIZES = {
    "vocab_size": 45, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 24, "max_position_embeddings": 40,
}  # fmt: skip
KEYS = {"num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}
CONFIGURATIONS = {
    "gpt2": GPT2Config(vocab_size=45, n_embd=16, n_layer=1, n_head=2, n_positions=40),
    "llama": LlamaConfig(**SIZES, num_key_value_heads=2, tie_word_embeddings=False),
    "llama-tied": LlamaConfig(**SIZES, num_key_value_heads=2, tie_word_embeddings=True),
    "phi": PhiConfig(**SIZES),  # its head has a bias
    "gemma2": Gemma2Config(**SIZES, **KEYS, final_logit_softcapping=2.0),  # bends its logits
    "gemma3": Gemma3TextConfig(**SIZES, **KEYS),  # multiplies its embeddings
}
NEW = 3
IDS = torch.tensor([[1, 46, 7, 45, 47, 2, 44]])


def make(name: str) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(CONFIGURATIONS[name], attn_implementation="eager")
    for parameter in model.parameters():  # biases begin as zeros, which would hide mistakes
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def drawn(model: Any, width: int = 16) -> MoreRows:
    tables = token_tables(model)
    numbers = torch.randn(NEW, 2 * width + 1, generator=torch.Generator().manual_seed(1))
    return MoreRows(
        numbers[:, :width],
        numbers[:, width:-1] if tables.output else None,
        numbers[:, -1] if tables.biases else None,
    )


def larger(model: Any, rows: MoreRows) -> Any:
    """The same model as transformers makes it with a larger vocabulary, and these rows."""
    config = model.config.__class__.from_dict(model.config.to_dict())
    resize_vocabulary(config, lambda size: size + NEW)
    config._attn_implementation = "eager"
    made, tables, state = blank_model(model, config), token_tables(model), model.state_dict()
    values = dict.fromkeys(tables.embeddings, rows.embeddings_NX)
    values |= dict.fromkeys(tables.output, rows.output_NX)
    values |= dict.fromkeys(tables.biases, rows.bias_N)
    for name, value in values.items():
        state[name] = torch.cat([state[name], value])
    made.load_state_dict(state)
    made.tie_weights()
    return made.eval()


@pytest.mark.parametrize("name", sorted(CONFIGURATIONS))
@torch.no_grad()
def test_all_tokens_are_read_and_predicted(name: str) -> None:
    model = make(name)
    rows, before = drawn(model), model(torch.arange(45)[None, :40]).logits
    expected = larger(model, rows)(IDS).logits
    with more_tokens(model, rows):
        torch.testing.assert_close(model(IDS).logits, expected, rtol=0, atol=1e-5)
    with more_inputs(model, rows):
        torch.testing.assert_close(model(IDS).logits, expected[..., :45], rtol=0, atol=1e-5)
    assert (why_not(model), row_number(model)) == ("", 45)
    assert torch.equal(model(torch.arange(45)[None, :40]).logits, before)
    tied = model.get_input_embeddings().weight is model.get_output_embeddings().weight
    assert tied == model.config.tie_word_embeddings


@torch.no_grad()
def test_no_row_changes_no_bit() -> None:
    model = make("phi")
    rows, ids = drawn(model)[:0], IDS % 45
    before = model(ids).logits
    with more_tokens(model, rows):
        assert torch.equal(model(ids).logits, before)
    assert len(rows) == 0


@torch.no_grad()
def test_rows_of_factorized_embeddings_are_coordinates() -> None:
    generator = torch.Generator().manual_seed(2)
    parts = [torch.randn(shape, generator=generator) for shape in ((45, 5), (NEW, 5), (5, 16))]
    own, more, primitives = (part.numpy() for part in parts)
    model = factorize_model(make("gpt2"), own, primitives).eval()
    dense = make("gpt2")
    dense.get_input_embeddings().weight.copy_(torch.from_numpy(own @ primitives))
    expected = larger(dense, MoreRows(torch.from_numpy(more @ primitives)))(IDS).logits
    with more_tokens(model, MoreRows(torch.from_numpy(more))):
        torch.testing.assert_close(model(IDS).logits, expected, rtol=1e-4, atol=1e-4)


def test_the_model_is_as_before_when_something_fails() -> None:
    model = make("llama-tied")
    own = model.get_input_embeddings().weight
    with pytest.raises(RuntimeError, match="broken"), more_tokens(model, drawn(model)):
        raise RuntimeError("broken")
    assert model.get_input_embeddings().weight is own
    assert model.get_output_embeddings().weight is own


def test_further_tables_of_tokens_are_refused() -> None:
    config = Gemma3nTextConfig(
        **SIZES | KEYS | {"num_hidden_layers": 2}, num_kv_shared_layers=0,
        hidden_size_per_layer_input=4, vocab_size_per_layer_input=45, laurel_rank=4,
        altup_num_inputs=2, activation_sparsity_pattern=[0.0, 0.0],
        layer_types=["sliding_attention", "full_attention"],
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config)
    assert "further tables of tokens" in why_not(model)
