"""What config.json tells about a model before it is loaded, and what loading refuses."""

import logging
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from lingraft.errors import InputError
from lingraft.models.loading import load_model
from lingraft.models.stored import read_config

SIZES = {
    "vocab_size": 20,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 8,
}


@pytest.mark.parametrize("name", ["model.embed_tokens.weight", "lm_head.weight"])
def test_a_matrix_of_tokens_is_never_drawn_at_random(tmp_path: Path, name: str) -> None:
    LlamaForCausalLM(LlamaConfig(**SIZES)).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    weights = load_file(path)
    del weights[name]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(InputError, match=f"lack {name}, which would be drawn at random"):
        load_model(tmp_path)


def test_a_head_that_is_missing_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    BertModel(BertConfig(**SIZES)).save_pretrained(tmp_path)
    with caplog.at_level(logging.WARNING):
        load_model(tmp_path)
    assert "are drawn at random: cls.predictions" in caplog.text


def test_cut_weights_and_a_file_for_a_folder_are_named(tmp_path: Path) -> None:
    LlamaForCausalLM(LlamaConfig(**SIZES)).save_pretrained(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=f"{path} cannot be read"):
        load_model(tmp_path)
    with pytest.raises(InputError, match="is not a model"):
        load_model(path)


@pytest.mark.parametrize("text", ["{", "[]", "3", "null", "{}"])
def test_a_config_that_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json (is not valid JSON|names no model_type)"):
        read_config(tmp_path)
