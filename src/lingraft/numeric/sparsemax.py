"""sparsemax over the inner products with *all* keys, without the dense matrix of products.

The support of a sparsemax is small (tens of keys for cosines of word vectors), so it is found among
the best few hundred scores of a row; where it is not, the row is done again with more of them.

Shapes: Q queries, N keys, E dimensions, K best scores.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from lingraft.numeric import sparse
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.simplex import sparsemax_threshold

_FIRST = 128
_BLOCK = 4096


def sparsemax_products(queries_QE: NDArray[Any], keys_NE: NDArray[Any]) -> csr_array:
    """sparsemax of the inner products of each query with all keys, as CSR (Q, N)."""
    blocks = [
        _block(queries_QE[start : start + _BLOCK], keys_NE)
        for start in range(0, len(queries_QE), _BLOCK)
    ]
    if not blocks:
        return csr_array((0, len(keys_NE)), dtype=np.float64)
    return csr_array(vstack(blocks, format="csr"))


def _block(queries_QE: NDArray[Any], keys_NE: NDArray[Any], k: int = _FIRST) -> csr_array:
    k = min(k, len(keys_NE))
    indices_QK, scores_QK = nearest(queries_QE, keys_NE, k)
    scores_QK = scores_QK.astype(np.float64)
    scores_QK -= scores_QK[:, :1]  # the best is 0: only differences count
    threshold_Q = sparsemax_threshold(scores_QK)
    weights_QK = np.maximum(scores_QK - threshold_Q[:, None], 0.0)
    weights_QK /= weights_QK.sum(axis=1, keepdims=True)
    matrix_QN = sparse.from_top_k(indices_QK, weights_QK, len(keys_NE))
    open_Q = scores_QK[:, -1] > threshold_Q  # the support may go on beyond the K best
    if k == len(keys_NE) or not open_Q.any():
        return matrix_QN
    rows = np.flatnonzero(open_Q)
    wider = sparse.scatter_rows(_block(queries_QE[rows], keys_NE, 4 * k), rows, len(queries_QE))
    # Factor 0 clears the rows that were done again: the sum takes each row from one matrix.
    closed = sparse.scale_rows(matrix_QN, (~open_Q).astype(np.float64))
    return sparse.canonical(csr_array(closed + wider))
