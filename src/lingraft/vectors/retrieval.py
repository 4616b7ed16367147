"""Nearest neighbors across two spaces, by cosine and by CSLS (Lample et al., 2018).

CSLS(x, y) = 2 cos(x, y) - r_T(x) - r_S(y), where r_T(x) is the mean cosine of x to its k nearest
targets and r_S(y) that of y to its k nearest sources: hubs, near to everything, lose.
All rows have unit length (or are zero). Legend: Q queries, N source words, M target words,
E dimension, K neighbors.
"""

import numpy as np
import numpy.typing as npt

from lingraft.numeric.neighbors import nearest

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


def mean_similarity(queries_QE: Float32, keys_ME: Float32, neighbors: int) -> Float32:
    """Mean cosine (Q) of each query to its nearest keys: the r of CSLS."""
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
    source_NE: Float32, target_ME: Float32, neighbors: int = 10
) -> tuple[Int64, Int64]:
    """Rows of source and target words that are each other's best by CSLS."""
    forward_N = _best(source_NE, target_ME, neighbors)
    backward_M = _best(target_ME, source_NE, neighbors)
    rows_N = np.arange(len(source_NE))
    is_mutual_N = backward_M[forward_N] == rows_N
    return rows_N[is_mutual_N], forward_N[is_mutual_N]


def _best(queries_QE: Float32, keys_ME: Float32, neighbors: int) -> Int64:
    hubness_M = mean_similarity(keys_ME, queries_QE, neighbors)
    return csls_nearest(queries_QE, keys_ME, hubness_M, 1)[0][:, 0]
