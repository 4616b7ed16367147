"""How long a row may be, and rows of one length."""

from types import SimpleNamespace

import numpy as np
import pytest
from transformers import BertConfig, BertModel, LlamaConfig, LlamaModel, RobertaConfig, RobertaModel

from lingraft.models.rows import first_position, longest_input, padded

SIZES = {
    "vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 8, "max_position_embeddings": 16,
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "first", "longest"),
    [
        (BertModel(BertConfig(**SIZES)), 0, 16),
        (RobertaModel(RobertaConfig(**SIZES, pad_token_id=1)), 2, 14),
        (LlamaModel(LlamaConfig(**SIZES)), 0, 16),
    ],
)
def test_roberta_counts_from_behind_the_padding(model: object, first: int, longest: int) -> None:
    assert first_position(model) == first
    assert longest_input(model, SimpleNamespace(model_max_length=1000)) == longest
    assert longest_input(model, SimpleNamespace(model_max_length=5)) == 5


def test_rows_are_padded_to_the_longest() -> None:
    assert padded([[1], [2, 3]], 9).tolist() == [[1, 9], [2, 3]]
    assert padded([[], []], 9, width=1).tolist() == [[9], [9]]
    assert padded([], 0).shape == (0, 0) and padded([[1]], 0).dtype == np.int64
