"""Rows of token ids as a model reads them: how long, padded to one length, how many at a time.

Shapes: N rows, T tokens of the longest row.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.models.arithmetic import arithmetic_of

# Padded tokens in a forward pass: a CPU is twice as fast when activations stay in its caches. In
# bf16 each pass casts all weights first, which pays with more tokens.
_BATCH_TOKENS = {("cpu", "fp32"): 512, ("cpu", "bf16"): 2048}
_BATCH_TOKENS_OF_ACCELERATORS = 32768


def first_position(model: Any) -> int:
    """The position of a row's first token.

    RoBERTa and its relatives count from the id of the padding token plus one; a row is therefore
    shorter by as many tokens than their table of positions. All others count from 0.
    """
    embeddings = getattr(model.base_model, "embeddings", None)
    table = getattr(embeddings, "position_embeddings", None)
    padding = getattr(table, "padding_idx", None)
    return 0 if padding is None else int(padding) + 1


def longest_input(model: Any, tokenizer: Any) -> int:
    """The most tokens of a text that a model reads at once, special tokens included.

    This is the length that model and tokenizer were made for. `positions.most_positions` finds the
    length at which an architecture fails, which rotary positions do not have.

    Args:
        model: a model of transformers, with or without its head.
        tokenizer: the model's tokenizer.
    """
    limit = int(tokenizer.model_max_length)
    positions = getattr(model.config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        limit = min(limit, positions - first_position(model))
    return limit


def padded(rows: Sequence[Sequence[int]], fill: int, width: int = 0) -> NDArray[np.int64]:
    """Rows of different lengths as one array (N, T), filled up at the right.

    Args:
        rows: token ids, labels or flags.
        fill: the value behind a row's end.
        width: the least T; that of the longest row if it is longer.
    """
    width = max(width, *map(len, rows)) if rows else width
    padded_NT = np.full((len(rows), width), fill, dtype=np.int64)
    for number, row in enumerate(rows):
        padded_NT[number, : len(row)] = row
    return padded_NT


def batch_tokens(model: Any) -> int:
    """Padded tokens that a forward pass should hold on the model's device, in its arithmetic."""
    place = model.device.type, arithmetic_of(model)
    return _BATCH_TOKENS.get(place, _BATCH_TOKENS_OF_ACCELERATORS)


def batches_by_length(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Group indices of similar length, longest first, `budget` padded tokens at most."""
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batch: list[int] = []
    for i in order:
        # The first row of a batch is its longest, so every row is padded to this length.
        if batch and (len(batch) + 1) * max(1, lengths[batch[0]]) > budget:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
