"""Standard errors by the bootstrap: test items are drawn again with replacement.

Legend: N items, B resamples.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from lingraft.numeric.arrays import Float64, Int64

RESAMPLES = 1000
_SEED = 20260101


def bootstrap_error(statistic: Callable[[Int64], Float64], n: int) -> float:
    """Standard deviation of a statistic over 1,000 resamples of the items.

    Args:
        statistic: gets the items of each resample, (B, N) indices, and gives a value for each, (B).
        n: number of items.
    """
    rows_BN = np.random.default_rng(_SEED).integers(0, n, size=(RESAMPLES, n))
    values_B = statistic(rows_BN)
    return float(np.nanstd(values_B, ddof=1))


def mean_error(values_N: npt.NDArray[Any]) -> float | None:
    """Standard error of the mean of independent items; None for a single one."""
    if len(values_N) < 2:
        return None
    return float(np.std(values_N, ddof=1) / np.sqrt(len(values_N)))


def row_correlations(first_BN: Float64, second_BN: Float64) -> Float64:
    """Pearson's correlation of each row of one array with the same row of the other, (B)."""
    first_BN = first_BN - first_BN.mean(axis=1, keepdims=True)
    second_BN = second_BN - second_BN.mean(axis=1, keepdims=True)
    products_B = (first_BN * second_BN).sum(axis=1)
    squares_B = (first_BN**2).sum(axis=1) * (second_BN**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(products_B / np.sqrt(squares_B))
