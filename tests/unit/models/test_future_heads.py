"""Heads of further tokens begin as copies, and leave nothing behind."""

import pytest
from transformers import AutoModelForCausalLM, GPT2Config

from lingraft.errors import ConfigError
from lingraft.models.future_heads import (
    add_future_heads,
    future_heads,
    future_parameters,
    remove_future_heads,
)


def test_heads_come_and_go() -> None:
    model = AutoModelForCausalLM.from_config(
        GPT2Config(vocab_size=9, n_embd=8, n_layer=1, n_head=1)
    )
    before = {name for name, _ in model.named_parameters()}
    assert not future_parameters(model)
    add_future_heads(model, 2)
    for head in future_heads(model):
        assert head.weight is not model.lm_head.weight  # type: ignore[union-attr]
        assert head.weight.equal(model.lm_head.weight)  # type: ignore[operator,union-attr]
    assert len(future_parameters(model)) == 2
    remove_future_heads(model)
    assert {name for name, _ in model.named_parameters()} == before


def test_a_head_that_cannot_be_taken_apart() -> None:
    model = AutoModelForCausalLM.from_config(
        GPT2Config(vocab_size=9, n_embd=8, n_layer=1, n_head=1)
    )
    model.config.model_type = "unheard"
    with pytest.raises(ConfigError, match="does not know the head of a unheard model; remove it"):
        add_future_heads(model, 1)
