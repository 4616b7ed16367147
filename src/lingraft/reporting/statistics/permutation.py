"""Exact tests over seeds, and the correction for testing many languages at once.

Seeds are few, so every permutation can be listed and p is exact. It is also coarse: with five
paired seeds p is at least 2 / 2^5 = 0.0625, however large the difference is.
"""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy import special

MOST_PAIRS = 20  # with more, the list of all flips of sign is too long


def paired_seed_test(differences: Sequence[float]) -> float:
    """Two-sided p that the mean of paired differences is zero, over all 2^n flips of sign.

    Equals `scipy.stats.permutation_test(permutation_type="samples")` with all permutations.

    Raises:
        ValueError: there is no difference, or there are more than `MOST_PAIRS`.
    """
    n = len(differences)
    if not 1 <= n <= MOST_PAIRS:
        raise ValueError(f"the exact paired test takes 1 to {MOST_PAIRS} seeds, not {n}")
    signs_PN = np.array(list(product((1.0, -1.0), repeat=n)))
    sums_P = np.abs(signs_PN @ np.asarray(differences, dtype=np.float64))
    # The first row of `signs_PN` has no minus: it is what was observed.
    return _share_at_least(sums_P, sums_P[0])


def mean_test(differences: Sequence[float]) -> float:
    """Two-sided p that the mean of paired differences is zero, by Student's t.

    Raises:
        ValueError: there are fewer than two differences.
    """
    n = len(differences)
    if n < 2:
        raise ValueError(f"a mean of {n} differences cannot be tested")
    mean, error = float(np.mean(differences)), float(np.std(differences, ddof=1)) / math.sqrt(n)
    if error == 0:
        return float(mean == 0)
    return float(2 * special.stdtr(n - 1, -abs(mean) / error))


def smallest_paired_p(seeds: int) -> float:
    """The smallest p that `paired_seed_test` can give with `seeds` seeds: 2 / 2^n."""
    return min(1.0, 2.0 ** (1 - seeds))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's (1979) step-down correction of p-values for several tests.

    If every test with a corrected p below alpha is rejected, the probability of any wrong rejection
    is at most alpha, whatever the dependence between the tests.
    """
    order = np.argsort(p_values, kind="stable")
    # The smallest of m p-values is multiplied by m, the next one by m - 1. The running maximum
    # keeps a larger p from becoming smaller than one before it.
    factors = len(p_values) - np.arange(len(p_values))
    raised = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(raised, 1.0)
    return [float(p) for p in corrected]


def _share_at_least(statistics_P: np.ndarray, observed: float) -> float:
    # Permutations that are equal mathematically may differ in the last bits.
    tolerance = 1e-9 * abs(observed)
    return float(np.mean(statistics_P >= observed - tolerance))
