"""Almost stochastic order: is one distribution of scores better at nearly every quantile?

del Barrio, Cuesta-Albertos and Matrán (2018, "An optimal transportation approach for assessing
almost stochastic order"), as Dror, Shlomov and Reichart (2019) brought it to language processing.
Written from the papers.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from lingraft.numeric.arrays import Float64

_GRID = 1000  # quantile levels at which the two distributions are compared


def almost_stochastic_order(
    system: Sequence[float],
    baseline: Sequence[float],
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> float:
    """Upper confidence bound of how far `system` is from being better at every quantile, in [0, 1].

    Below 0.5 the system is almost stochastically larger (0.2 is a stricter, common threshold); 1
    means that the baseline is.

    Args:
        system: one score a seed; larger is better, so negate losses.
        baseline: likewise.
        confidence: of the bound.
        resamples: of both sides.
        seed: of the resampling.

    Raises:
        ValueError: a side has fewer than two scores.
    """
    sides = [np.asarray(scores, dtype=np.float64)[None] for scores in (system, baseline)]
    sizes = [side.shape[1] for side in sides]
    if min(sizes) < 2:
        raise ValueError("almost stochastic order needs at least two scores on each side")
    ratio = float(_violations(*sides)[0])
    scale = math.sqrt(sizes[0] * sizes[1] / sum(sizes))
    rng = np.random.default_rng(seed)
    draws = [
        side[0][rng.integers(n, size=(resamples, n))] for side, n in zip(sides, sizes, strict=True)
    ]
    # `scale` cancels out; it is written so that the lines compare with the formula of the paper.
    deviation = float(np.std(scale * (_violations(*draws) - ratio)))
    bound = ratio + deviation / scale * float(special.ndtri(confidence))
    return min(1.0, max(0.0, bound))


def _violations(first_BN: Float64, second_BM: Float64) -> Float64:
    """Share of the squared quantile distance where the first distribution is the lower one, B."""
    gaps_BQ = _quantiles(first_BN) - _quantiles(second_BM)
    total_B = np.sum(gaps_BQ**2, axis=1)
    below_B = np.sum(np.where(gaps_BQ < 0, gaps_BQ, 0.0) ** 2, axis=1)
    # 0.5 for two equal distributions, of which neither is better.
    return np.where(total_B > 0, below_B / np.where(total_B > 0, total_B, 1.0), 0.5)


def _quantiles(values_BN: Float64) -> Float64:
    """Empirical quantiles on the grid of levels, B x Q."""
    n = values_BN.shape[1]
    levels_Q = (np.arange(_GRID) + 0.5) / _GRID
    # The inverse of the empirical distribution function: level q is the value number ceil(q n) in
    # order, counted from 1.
    places_Q = np.clip(np.ceil(levels_Q * n).astype(int) - 1, 0, n - 1)
    return np.asarray(np.sort(values_BN, axis=1)[:, places_Q])
