"""GloVe over token ids: vectors whose products are the logarithms of how often tokens meet.

Pennington, Socher and Manning (2014). The counts are a sparse matrix built one distance at a time;
training takes batches of counts in a fixed random order, with AdaGrad, and is deterministic.

Shapes: V vocabulary, F frequent tokens, N tokens of the text, P counted pairs, B pairs of a batch,
E dimensions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor
from tqdm import tqdm

from lingraft.errors import ConfigError

_FLUSH_TOKENS = 2_000_000
_BATCH = 16_384
_EXPONENT = 0.75


@dataclass(frozen=True)
class Glove:
    """Settings of the counts and the training."""

    dimension: int
    window: int
    iterations: int
    weight_ceiling: float
    learning_rate: float
    minimum_count: int


def token_vectors(
    documents: Iterable[Sequence[int]], tokens: Sequence[str], settings: Glove, seed: int
) -> NDArray[np.float64]:
    """GloVe vectors (V, E) of the tokens of documents; zeros for tokens that are too rare.

    Training sees frequent tokens alone, in the order of their strings: neither another order of the
    vocabulary nor a token that does not occur changes a vector.

    Args:
        documents: ids of the tokens of each text.
        tokens: token strings by id.

    Raises:
        ConfigError: the training diverged.
    """
    counts_VV, frequency_V = cooccurrences(documents, len(tokens), settings.window)
    frequent = np.flatnonzero(frequency_V >= settings.minimum_count)
    frequent_F = np.array(sorted(frequent, key=lambda index: tokens[int(index)]), np.int64)
    vectors_VE = np.zeros((len(tokens), settings.dimension))
    if len(frequent_F):
        counts_FF = csr_array(counts_VV[frequent_F][:, frequent_F])
        vectors_VE[frequent_F] = _train(counts_FF, settings, seed)
    if not np.isfinite(vectors_VE).all():
        raise ConfigError(f"GloVe diverged at learning_rate {settings.learning_rate}; lower it")
    return vectors_VE


def cooccurrences(
    documents: Iterable[Sequence[int]], vocabulary: int, window: int
) -> tuple[csr_array, NDArray[np.int64]]:
    """Sum of 1 / distance over the meetings of two tokens (V, V), symmetric, and counts (V,).

    Args:
        documents: token ids of each document.
        vocabulary: number of ids, V.
        window: largest distance that counts.
    """
    total_VV = csr_array((vocabulary, vocabulary), dtype=np.float64)
    frequency_V = np.zeros(vocabulary, np.int64)
    waiting: list[Sequence[int]] = []
    size = 0
    for document in documents:
        waiting.append(document)
        size += len(document)
        if size >= _FLUSH_TOKENS:
            total_VV = total_VV + _count(waiting, vocabulary, window, frequency_V)
            waiting, size = [], 0
    total_VV = total_VV + _count(waiting, vocabulary, window, frequency_V)
    # Each meeting was counted once, as (before, after); the transpose adds the other order.
    return csr_array(total_VV + total_VV.T), frequency_V


def _count(
    documents: Sequence[Sequence[int]],
    vocabulary: int,
    window: int,
    frequency_V: NDArray[np.int64],
) -> csr_array:
    tokens_N = np.array([token for document in documents for token in document], np.int64)
    document_N = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    frequency_V += np.bincount(tokens_N, minlength=vocabulary)
    counts_VV = csr_array((vocabulary, vocabulary), dtype=np.float64)
    for distance in range(1, window + 1):
        # Tokens at the positions i and i + distance, where both are in the same document.
        together_N = document_N[:-distance] == document_N[distance:]
        before, after = tokens_N[:-distance][together_N], tokens_N[distance:][together_N]
        weights = np.full(len(before), 1.0 / distance)
        shape = (vocabulary, vocabulary)
        # The constructor adds up the weights of equal pairs.
        counts_VV = counts_VV + csr_array((weights, (before, after)), shape=shape)
    return counts_VV


def _train(counts_FF: csr_array, settings: Glove, seed: int) -> NDArray[np.float64]:
    """Word plus context vectors (F, E) after AdaGrad on the weighted squares (equation 8)."""
    # The order of the pairs decides what is in a batch, so it must be the same every time.
    counts_FF.sort_indices()
    pairs = counts_FF.tocoo()
    rows_P = torch.from_numpy(pairs.row.astype(np.int64))
    columns_P = torch.from_numpy(pairs.col.astype(np.int64))
    counts_P = torch.from_numpy(pairs.data.astype(np.float32))
    generator = torch.Generator().manual_seed(seed)
    size, width = counts_FF.shape[0], settings.dimension + 1  # the last column is the bias
    # Start values are those of glove.c: uniform, divided by the width; sums of squares begin at 1.
    tables = [(torch.rand(size, width, generator=generator) - 0.5) / width for _ in range(2)]
    squares = [torch.ones(size, width) for _ in range(2)]
    weights_P = (counts_P / settings.weight_ceiling).clamp(max=1.0) ** _EXPONENT
    logs_P = counts_P.log()
    progress = tqdm(range(settings.iterations), "GloVe", disable=None)
    for _ in progress:
        order_P = torch.randperm(len(rows_P), generator=generator)
        for batch_B in torch.split(order_P, _BATCH):
            ids = rows_P[batch_B], columns_P[batch_B]
            _step(tables, squares, ids, logs_P[batch_B], weights_P[batch_B], settings.learning_rate)
    return (tables[0] + tables[1])[:, :-1].double().numpy()


def _step(
    tables: list[Tensor],
    squares: list[Tensor],
    ids: tuple[Tensor, Tensor],
    logs_B: Tensor,
    weights_B: Tensor,
    rate: float,
) -> None:
    word_BE, context_BE = tables[0][ids[0]], tables[1][ids[1]]
    products_B = (word_BE[:, :-1] * context_BE[:, :-1]).sum(dim=1)
    errors_B = products_B + word_BE[:, -1] + context_BE[:, -1] - logs_B
    slopes_B1 = (weights_B * errors_B)[:, None]
    gradients: list[Any] = [slopes_B1 * context_BE, slopes_B1 * word_BE]
    for table, square, own, gradient_BE in zip(tables, squares, ids, gradients, strict=True):
        # The bias is multiplied by 1, so its gradient is the slope alone.
        gradient_BE[:, -1] = slopes_B1[:, 0]
        # Squares first: a token that is frequent within the batch then takes bounded steps.
        square.index_add_(0, own, gradient_BE**2)
        # index_add_ adds all rows of a token that a batch has several times; `table[own] += ...`
        # would keep only the last.
        table.index_add_(0, own, -rate * gradient_BE / square[own].sqrt())
