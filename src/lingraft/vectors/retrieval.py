"""Nearest neighbors across two spaces, by cosine and by CSLS (Lample et al., 2018).

CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y), where r_T(x) is the mean cosine of x to its k nearest
targets and r_S(y) that of y to its k nearest sources: hubs, near to everything, lose.
All rows have unit length (or are zero). Legend: Q queries, N source words, M target words,
E dimension, K neighbors.
"""

import numpy as np

from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.neighbors import nearest


def mean_similarity(queries_QE: Float32, keys_ME: Float32, neighbors: int) -> Float32:
    """Mean cosine (Q) of each query to its nearest keys: the r of CSLS.

    Args:
        queries_QE: unit vectors.
        keys_ME: unit vectors.
        neighbors: number of keys that are averaged.
    """
    _, scores_QK = nearest(queries_QE, keys_ME, neighbors, precision="float32")
    return np.asarray(scores_QK.mean(axis=1, dtype=np.float32))


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
    extended_targets = np.hstack([targets_ME, hubness_M[:, None]])
    return nearest(extended_queries, extended_targets, k, precision="float32")


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


def _best(queries_NE: Float32, keys_ME: Float32, neighbors: int, maximum_rank: int | None) -> Int64:
    """The best key of the first queries (Q)."""
    hubness_M = mean_similarity(keys_ME, queries_NE, neighbors)
    return csls_nearest(queries_NE[:maximum_rank], keys_ME, hubness_M, 1)[0][:, 0]
