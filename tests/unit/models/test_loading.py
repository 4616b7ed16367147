"""What config.json tells about a model before it is loaded."""

from pathlib import Path
from typing import Any

import pytest
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    LlamaConfig,
    ModernBertConfig,
    XLMRobertaConfig,
)

from lingraft.errors import InputError
from lingraft.models.loading import load_model, most_positions, read_config


@pytest.mark.parametrize(
    ("config", "most"),
    [
        (BertConfig(max_position_embeddings=512), 512),
        (XLMRobertaConfig(max_position_embeddings=514, pad_token_id=1), 512),
        (GPT2Config(n_positions=1024), 1024),
        (LlamaConfig(max_position_embeddings=2048), None),
        (ModernBertConfig(), None),
    ],
)
def test_longest_row(config: Any, most: int | None) -> None:
    assert most_positions(config.to_dict()) == most


@pytest.mark.parametrize("text", ["{", "[]", "3", "null", "{}"])
def test_a_config_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json (is not valid JSON|names no model_type)"):
        read_config(tmp_path)


def test_weights_that_are_cut_off(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=9, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
        intermediate_size=8, architectures=["BertForMaskedLM"],
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot be loaded"):
        load_model(tmp_path)
