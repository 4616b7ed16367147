"""WEAT, the word embedding association test (Caliskan et al., 2017).

Are two groups of target words (flowers, insects) differently near to two groups of attribute words
(pleasant, unpleasant)? Legend: X, Y words of the target groups, A, B of the attribute groups,
T = X + Y words, R permutations.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from lingraft.numeric.arrays import Float64
from lingraft.numeric.rows import unit_rows

_EXACT = 20_000  # so many partitions are all tried; of more, as many are drawn


@dataclass(frozen=True)
class Association:
    """What the test finds.

    Attributes:
        effect: difference of the groups' mean associations in standard deviations, -2 to 2.
        p: one-sided share of partitions of the target words with at least this difference.
        is_exact: whether all partitions were tried.
    """

    effect: float
    p: float
    is_exact: bool


def weat(
    first_XE: Float64, second_YE: Float64, one_AE: Float64, other_BE: Float64, seed: int = 0
) -> Association:
    """Effect size and permutation p-value.

    s(w) is the mean cosine of w to A less that to B. The effect is (mean s of X - mean s of Y) /
    standard deviation (n - 1) of s over all target words.

    Args:
        first_XE, second_YE: vectors of the target words, two of a group at least.
        one_AE, other_BE: vectors of the attribute words.
        seed: of the draw of partitions, where there are too many.
    """
    targets_TE = unit_rows(np.concatenate([first_XE, second_YE]).astype(np.float64))
    one, other = (unit_rows(part.astype(np.float64)) for part in (one_AE, other_BE))
    s_T = (targets_TE @ one.T).mean(axis=1) - (targets_TE @ other.T).mean(axis=1)
    size = len(first_XE)
    deviation = s_T.std(ddof=1)
    difference = s_T[:size].mean() - s_T[size:].mean()
    effect = float(difference / deviation) if deviation else 0.0
    return Association(effect, *_p_value(s_T, size, seed))


def _p_value(s_T: Float64, size: int, seed: int) -> tuple[float, bool]:
    """Share of partitions into groups of these sizes whose first group has no smaller sum."""
    total = len(s_T)
    own = s_T[:size].sum()
    # Sums of the same numbers in another order differ by rounding.
    least = own - 1e-12 * np.abs(s_T).sum()
    if comb(total, size) <= _EXACT:
        sums_R = np.array([s_T[list(chosen)].sum() for chosen in combinations(range(total), size)])
        return float((sums_R >= least).mean()), True
    generator = np.random.default_rng(seed)
    sums_R = np.array([generator.permutation(s_T)[:size].sum() for _ in range(_EXACT)])
    # The partition that was observed is one of them, so that p is never 0.
    return float((1 + (sums_R >= least).sum()) / (1 + _EXACT)), False
