"""Almost stochastic order: is one distribution of scores better nearly everywhere?

del Barrio, Cuesta-Albertos and Matrán (2018, "An optimal transportation approach for assessing
almost stochastic order"), as Dror, Shlomov and Reichart (2019) brought it to language processing.
Written from the papers.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from lingraft.reporting.statistics.summaries import Floats

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
    means that the baseline is. Scores are such that larger is better; negate losses.

    Raises:
        ValueError: a side has fewer than two scores.
    """
    first, second = (np.sort(np.asarray(s, dtype=np.float64)) for s in (system, baseline))
    if min(len(first), len(second)) < 2:
        raise ValueError("almost stochastic order needs at least two scores on each side")
    ratio = _violation(first, second)
    scale = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    rng = np.random.default_rng(seed)
    draws = [_violation(_redraw(first, rng), _redraw(second, rng)) for _ in range(resamples)]
    deviation = float(np.std(scale * (np.asarray(draws) - ratio)))
    bound = ratio + deviation / scale * float(stats.norm.ppf(confidence))
    return min(1.0, max(0.0, bound))


def _violation(first_sorted: Floats, second_sorted: Floats) -> float:
    """Share of the squared quantile distance where the first distribution is the lower one."""
    levels = (np.arange(_GRID) + 0.5) / _GRID
    gaps = _quantiles(first_sorted, levels) - _quantiles(second_sorted, levels)
    total = float(np.sum(gaps**2))
    return float(np.sum(gaps[gaps < 0] ** 2)) / total if total > 0 else 0.5


def _quantiles(values_sorted: Floats, levels: Floats) -> Floats:
    indices = np.ceil(levels * len(values_sorted)).astype(int) - 1
    return np.asarray(values_sorted[np.clip(indices, 0, len(values_sorted) - 1)])


def _redraw(values: Floats, rng: np.random.Generator) -> Floats:
    return np.sort(values[rng.integers(len(values), size=len(values))])
