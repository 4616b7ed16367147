"""Tokens as the pieces that the source tokenizer splits their text into.

Shapes: N texts, S source rows.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.initialization.request import Request
from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable

PieceWeights = Literal["equal", "length", "first", "last"]


def split(source: TokenTable, texts: Sequence[str]) -> list[list[int]]:
    """Source ids of each text without special tokens; an empty text has none."""
    if not texts:
        return []
    encoded = source.tokenizer(
        list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False
    )
    return [list(ids) for ids in encoded["input_ids"]]


def known(request: Request, pieces: Sequence[Sequence[int]]) -> list[list[int]]:
    """The pieces that say something: they have a row and are no special tokens ([UNK])."""
    informative_S = request.candidates_S.copy()
    special = np.flatnonzero(request.source.special_T)
    informative_S[special[special < request.columns]] = False
    return [
        [piece for piece in token if piece < request.columns and informative_S[piece]]
        for token in pieces
    ]


def weigh(
    pieces: Sequence[Sequence[int]], lengths_S: NDArray[Any], how: PieceWeights, columns: int
) -> csr_array:
    """Weights (N, S) that sum to one over the pieces of each text; none where it has no piece.

    Args:
        lengths_S: length of each source token, for `length`.
    """
    chosen = {"first": slice(1), "last": slice(-1, None)}.get(how, slice(None))
    kept = [list(token[chosen]) for token in pieces]
    counts_N = np.fromiter(map(len, kept), np.int64, len(kept))
    ids = np.fromiter((piece for token in kept for piece in token), np.int64, counts_N.sum())
    data = lengths_S[ids].astype(np.float64) if how == "length" else np.ones(len(ids))
    starts = np.concatenate(([0], np.cumsum(counts_N)))
    weights_NS = csr_array((data, ids, starts), shape=(len(kept), columns))
    return sparse.normalize_rows(sparse.canonical(weights_NS))
