"""What config.json tells about a model before it is loaded."""

from typing import Any

import pytest
from transformers import BertConfig, GPT2Config, LlamaConfig, ModernBertConfig, XLMRobertaConfig

from lingraft.models.loading import most_positions


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
