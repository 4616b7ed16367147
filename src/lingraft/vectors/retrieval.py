"""Nearest neighbors across two spaces, by cosine and by CSLS (Lample et al., 2018).

CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y), where r_T(x) is the mean cosine of x to its k nearest
targets and r_S(y) that of y to its k nearest sources: hubs, near to everything, lose.
All rows have unit length (or are zero). Legend: Q queries, N source words, M target words,
E dimension, K neighbors, B queries of a block.
"""

import numpy as np

from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.neighbors import nearest

_BLOCK = 2**17  # words at a time: 157 MB of vectors at 300 dimensions


def mean_similarity(queries_QE: Float32, keys_ME: Float32, neighbors: int) -> Float32:
    """Mean cosine (Q) of each query to its nearest keys: the r of CSLS.

    Args:
        queries_QE: unit vectors.
        keys_ME: unit vectors.
        neighbors: number of keys that are averaged.
    """
    means_Q = np.empty(len(queries_QE), np.float32)
    # The neighbors of all queries would take much of the memory that the vectors take.
    for start in range(0, len(queries_QE), _BLOCK):
        block = slice(start, start + _BLOCK)
        _, scores_BK = nearest(queries_QE[block], keys_ME, neighbors, precision="float32")
        means_Q[block] = scores_BK.mean(axis=1, dtype=np.float32)
    return means_Q


def csls_nearest(
    queries_QE: Float32, targets_ME: Float32, hubness_M: Float32, k: int
) -> tuple[Int64, Float32]:
    """The k best targets (Q, K) of each query by CSLS, and their scores up to the query's r_T.

    r_T(x) is the same for every target of a query, so it does not change their order; subtract
    `mean_similarity(queries, targets)` where scores of different queries are compared.

    Args:
        queries_QE: mapped source vectors of unit length.
        targets_ME: mapped target vectors of unit length.
        hubness_M: r_S of each target, `mean_similarity(targets, all mapped sources)`.
        k: targets wanted for each query.
    """
    # With 2x|-1 as query and y|r_S as key the inner product is 2 cos(x, y) - r_S(y).
    minus_one_Q1 = np.full((len(queries_QE), 1), -1, dtype=np.float32)
    extended_queries = np.hstack([2 * queries_QE, minus_one_Q1])
    found = []
    # The targets are extended a block at a time: a copy of all would be as large as they are.
    for start in range(0, max(len(targets_ME), 1), _BLOCK):
        block = slice(start, start + _BLOCK)
        extended_targets = np.hstack([targets_ME[block], hubness_M[block, None]])
        indices_QK, scores_QK = nearest(extended_queries, extended_targets, k, precision="float32")
        found.append((indices_QK + start, scores_QK))
    return _best_of(found, k)


def mutual_neighbors(
    source_NE: Float32, target_ME: Float32, neighbors: int = 10, maximum_rank: int | None = None
) -> tuple[Int64, Int64]:
    """Rows of source and target words that are each other's best by CSLS.

    Args:
        source_NE: mapped source vectors of unit length.
        target_ME: mapped target vectors of unit length.
        neighbors: how many neighbors CSLS averages over.
        maximum_rank: keep pairs of the first so many words of either side. The best are searched
            and CSLS averages over all words still, as MUSE does (`dico_max_rank`).
    """
    forward_Q = _best(source_NE, target_ME, neighbors, maximum_rank)
    backward_Q = _best(target_ME, source_NE, neighbors, maximum_rank)
    # The best target can be beyond `maximum_rank`, where no way back was searched.
    rows_Q = np.flatnonzero(forward_Q < len(backward_Q))
    is_mutual_Q = backward_Q[forward_Q[rows_Q]] == rows_Q
    return rows_Q[is_mutual_Q], forward_Q[rows_Q[is_mutual_Q]]


def _best_of(found: list[tuple[Int64, Float32]], k: int) -> tuple[Int64, Float32]:
    """The k best of the k best of each block, equal scores by rising index as in one search."""
    if len(found) == 1:
        return found[0]
    indices, scores = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    # The blocks come by rising index, and a stable sort keeps equal scores in their order.
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(indices, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _best(queries_NE: Float32, keys_ME: Float32, neighbors: int, maximum_rank: int | None) -> Int64:
    """The best key of the first queries (Q)."""
    hubness_M = mean_similarity(keys_ME, queries_NE, neighbors)
    return csls_nearest(queries_NE[:maximum_rank], keys_ME, hubness_M, 1)[0][:, 0]
