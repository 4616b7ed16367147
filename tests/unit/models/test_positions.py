"""The longest row is that of the architecture: it is computed, and one token more is not."""

from typing import Any

import pytest
import torch
from transformers import (
    BertConfig,
    BloomConfig,
    CTRLConfig,
    DebertaV2Config,
    GPT2Config,
    GPTJConfig,
    LlamaConfig,
    LongformerConfig,
    ModernBertConfig,
    MPNetConfig,
    MptConfig,
    OPTConfig,
    PreTrainedConfig,
    XGLMConfig,
    XLMRobertaConfig,
)

from lingraft.models.objective import auto_class
from lingraft.models.positions import most_positions

ROWS = 40
BODY: dict[str, Any] = {
    "vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 8, "pad_token_id": 1, "max_position_embeddings": ROWS,
}  # fmt: skip
GPT: dict[str, Any] = {"vocab_size": 20, "n_embd": 16, "n_layer": 2, "n_head": 2}
CONFIGS = {
    "table": (BertConfig(**BODY), ROWS),
    "after padding": (XLMRobertaConfig(**BODY), ROWS - 2),
    "after another padding": (XLMRobertaConfig(**BODY | {"pad_token_id": 4}), ROWS - 5),
    "after a fixed padding": (MPNetConfig(**BODY), ROWS - 2),
    "windows": (LongformerConfig(**BODY, attention_window=4), ROWS - 2),
    "two rows more": (OPTConfig(**BODY, ffn_dim=8, word_embed_proj_dim=8), ROWS),
    "other names": (GPT2Config(**GPT, n_positions=ROWS), ROWS),
    "rotary with a table": (GPTJConfig(**GPT, n_positions=ROWS, rotary_dim=4), ROWS),
    "sinusoids": (CTRLConfig(**GPT, dff=8, n_positions=ROWS), ROWS),
    "rotary": (LlamaConfig(**BODY), None),
    "rotary and local": (ModernBertConfig(**BODY), None),
    "relative": (DebertaV2Config(**BODY, position_biased_input=False), None),
    "linear biases": (BloomConfig(vocab_size=20, hidden_size=8, n_layer=2, n_head=2), None),
    "biases with an end": (
        MptConfig(vocab_size=20, d_model=8, n_layers=2, n_heads=2, max_seq_len=ROWS), ROWS,
    ),
    "sinusoids that grow": (
        XGLMConfig(**BODY, d_model=8, num_layers=2, attention_heads=2, ffn_dim=8), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("config", "most"), CONFIGS.values(), ids=CONFIGS)
def test_longest_row(config: PreTrainedConfig, most: int | None) -> None:
    assert most_positions(config) == most
    model: Any = auto_class(config).from_config(config, trust_remote_code=False).eval()
    longest = most or 2 * ROWS
    assert torch.isfinite(model(torch.full((1, longest), 11)).logits).all()
    if most is not None:
        with pytest.raises((IndexError, RuntimeError, ValueError)):
            model(torch.full((1, most + 1), 11))
