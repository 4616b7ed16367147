"""Positive pointwise mutual information of words and contexts, and its factorization.

Levy, Goldberg and Dagan (2015), *Improving Distributional Similarity with Lessons Learned from Word
Embeddings*: sections 3.1 (shift, context distribution smoothing) and 3.3 (eigenvalue weighting).

Shapes: V words, which are also the contexts; E dimensions.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64


def positive_information(counts_VV: csr_array, smoothing: float, shift: float) -> csr_array:
    """Shifted positive pointwise mutual information (V, V) of counted meetings.

    `max(log(#(w,c) / (#(w) P(c))) - log k, 0)` with `P(c) = #(c)^a / sum_c' #(c')^a`.

    Args:
        counts_VV: meetings of a word (row) and a context (column); none is negative.
        smoothing: the power a; 1 leaves the distribution of contexts as it is.
        shift: k, the number of negative samples that it stands for; 1 does not shift.
    """
    words_V, contexts_V = counts_VV.sum(axis=1), counts_VV.sum(axis=0) ** smoothing
    probability_V = contexts_V / contexts_V.sum()
    pairs = counts_VV.tocoo()
    expected_P = words_V[pairs.row] * probability_V[pairs.col] * shift
    values_P = np.maximum(np.log(pairs.data / expected_P), 0.0)
    information_VV = csr_array((values_P, (pairs.row, pairs.col)), shape=counts_VV.shape)
    information_VV.eliminate_zeros()
    return information_VV


def weighted_directions(matrix_VV: csr_array, dimension: int, power: float) -> Float64:
    """Word vectors (V, E) `U S^p` of a truncated singular value decomposition `U S C^T`.

    Directions fall by singular value; in each the entry of largest magnitude is positive.

    Args:
        matrix_VV: any sparse matrix.
        dimension: E.
        power: p; 1 keeps the singular values, 0 drops them.

    Raises:
        InputError: there are not more words than dimensions.
    """
    words = min(matrix_VV.shape)
    if dimension >= words:
        raise InputError(
            f"{words} words cannot have vectors of dimension {dimension}; lower dimension below "
            f"{words}, lower minimum_count, or give the vectors more text"
        )
    # A fixed start makes the iteration deterministic; information is positive, so ones are not
    # orthogonal to its first direction.
    left_VE, values_E, _ = svds(matrix_VV, dimension, v0=np.ones(words), solver="arpack")
    order = np.argsort(-values_E)
    left_VE, values_E = left_VE[:, order], np.maximum(values_E[order], 0.0)
    largest = np.abs(left_VE).argmax(axis=0), np.arange(dimension)
    signs_E = np.where(left_VE[largest] < 0, -1.0, 1.0)
    vectors_VE: Float64 = left_VE * signs_E * values_E**power
    return vectors_VE
