"""How often two words or tokens meet within a window: a sparse matrix, built by distances.

Shapes: V vocabulary, N tokens of the text.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from lingraft.numeric.arrays import Int64

Weighting = Literal["inverse", "linear", "flat"]
_FLUSH_TOKENS = 2_000_000


def cooccurrences(
    documents: Iterable[Sequence[int] | Int64],
    vocabulary: int,
    window: int,
    weighting: Weighting = "inverse",
) -> tuple[csr_array, Int64]:
    """Weighted number of meetings of two tokens (V, V), symmetric, and counts of tokens (V,).

    Args:
        documents: token ids of each document; tokens of two documents do not meet.
        vocabulary: number of ids, V.
        window: largest distance that counts.
        weighting: what a meeting at distance d counts: inverse 1 / d (GloVe); linear
            (window - d + 1) / window, which is the mean of word2vec's random windows; flat 1.
    """
    total_VV = csr_array((vocabulary, vocabulary), dtype=np.float64)
    frequency_V = np.zeros(vocabulary, np.int64)
    weights = [_weight(distance, window, weighting) for distance in range(1, window + 1)]
    waiting: list[Sequence[int] | Int64] = []
    size = 0
    for document in documents:
        waiting.append(document)
        size += len(document)
        if size >= _FLUSH_TOKENS:
            total_VV = total_VV + _count(waiting, vocabulary, weights, frequency_V)
            waiting, size = [], 0
    total_VV = total_VV + _count(waiting, vocabulary, weights, frequency_V)
    # Each meeting was counted once, as (before, after); the transpose adds the other order.
    return csr_array(total_VV + total_VV.T), frequency_V


def _weight(distance: int, window: int, weighting: Weighting) -> float:
    if weighting == "inverse":
        return 1.0 / distance
    return (window - distance + 1) / window if weighting == "linear" else 1.0


def _count(
    documents: Sequence[Sequence[int] | Int64],
    vocabulary: int,
    weights: Sequence[float],
    frequency_V: Int64,
) -> csr_array:
    shape = (vocabulary, vocabulary)
    counts_VV = csr_array(shape, dtype=np.float64)
    if not documents:
        return counts_VV
    tokens_N = np.concatenate([np.asarray(document, np.int64) for document in documents])
    document_N = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    frequency_V += np.bincount(tokens_N, minlength=vocabulary)
    for distance, weight in enumerate(weights, start=1):
        # Tokens at the positions i and i + distance, where both are in the same document.
        together_N = document_N[:-distance] == document_N[distance:]
        before, after = tokens_N[:-distance][together_N], tokens_N[distance:][together_N]
        # The constructor adds up the weights of equal pairs.
        meetings = (np.full(len(before), weight), (before, after))
        counts_VV = counts_VV + csr_array(meetings, shape=shape)
    return counts_VV
