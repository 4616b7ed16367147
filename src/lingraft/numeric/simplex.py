"""From similarities to weights on the simplex: softmax and sparsemax, whole batches at a time.

Shapes: N rows, K scores a row.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64


def softmax(scores_NK: NDArray[Any], temperature: float = 1.0) -> Float64:
    """exp(score / temperature), normalized; stable at any temperature above zero.

    Raises:
        ValueError: the temperature is not positive.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be positive, not {temperature}")
    scores_NK = np.asarray(scores_NK, np.float64)
    # The differences first: score / temperature itself can overflow.
    centred_NK = (scores_NK - scores_NK.max(axis=1, keepdims=True)) / temperature
    weights_NK = np.exp(centred_NK)
    return np.asarray(weights_NK / weights_NK.sum(axis=1, keepdims=True))


def sparsemax(scores_NK: NDArray[Any]) -> Float64:
    """Euclidean projection of each row onto the simplex (Martins and Astudillo, 2016)."""
    scores_NK = np.asarray(scores_NK, np.float64)
    # Only differences count; beside the 1 of the threshold, large scores would lose them.
    scores_NK = scores_NK - scores_NK.max(axis=1, keepdims=True)
    descending_NK = -np.sort(-scores_NK, axis=1)
    threshold_N = sparsemax_threshold(descending_NK)
    weights_NK = np.maximum(scores_NK - threshold_N[:, None], 0.0)
    return np.asarray(weights_NK / weights_NK.sum(axis=1, keepdims=True))


def sparsemax_threshold(descending_NK: Float64) -> Float64:
    """The number that sparsemax subtracts from each row, given scores in descending order.

    The largest score of a row should be 0: large scores lose the threshold's 1 to rounding.
    The scores may be the K best of a longer row: the threshold is that of the whole row if the
    last of them is not above it (its support then lies within the K).
    """
    cumulative_NK = np.cumsum(descending_NK, axis=1)
    ranks_K = np.arange(1, descending_NK.shape[1] + 1)
    # Score number r is in the support if 1 + r * score > sum of the first r scores (algorithm 1).
    inside_NK = 1.0 + ranks_K * descending_NK > cumulative_NK
    support_N = inside_NK.sum(axis=1)
    # Ranks begin at 1, columns at 0: the sum over the support is in column support - 1.
    top_N = np.take_along_axis(cumulative_NK, support_N[:, None] - 1, axis=1)[:, 0]
    threshold_N: Float64 = (top_N - 1.0) / support_N
    return threshold_N
