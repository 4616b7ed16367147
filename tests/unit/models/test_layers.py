"""The layers of every kind of model are found."""

from typing import Any

import pytest
from transformers import (
    AlbertConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    DistilBertConfig,
    GPT2Config,
    ModernBertConfig,
)

from lingraft.errors import ConfigError
from lingraft.models.layers import transformer_layers

SMALL = {"vocab_size": 9, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8}
CONFIGS = {
    "bert.encoder.layer": BertConfig(**SMALL, num_hidden_layers=3),
    "distilbert.transformer.layer": DistilBertConfig(
        vocab_size=9, dim=8, n_layers=3, n_heads=2, hidden_dim=8
    ),
    "model.layers": ModernBertConfig(**SMALL, num_hidden_layers=3, pad_token_id=0),
    "transformer.h": GPT2Config(vocab_size=9, n_embd=8, n_layer=3, n_head=2),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_layers_are_found(name: str) -> None:
    config: Any = CONFIGS[name]
    auto = AutoModelForCausalLM if name == "transformer.h" else AutoModelForMaskedLM
    model = auto.from_config(config)
    assert transformer_layers(model) is model.get_submodule(name)


def test_shared_layers_are_refused() -> None:
    model = AutoModelForMaskedLM.from_config(AlbertConfig(**SMALL, num_hidden_layers=3))
    with pytest.raises(ConfigError, match="albert model has no list of 3 transformer layers"):
        transformer_layers(model)
