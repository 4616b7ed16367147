"""Mean, spread and intervals of a handful of numbers: seeds of a run, languages of a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from lingraft.numeric.arrays import Float64


@dataclass(frozen=True)
class Summary:
    """Mean over `n` numbers and their sample standard deviation, which needs at least two."""

    mean: float
    sd: float | None
    n: int


@dataclass(frozen=True)
class Interval:
    """An estimate with bounds that contain the truth in a share `confidence` of experiments."""

    estimate: float
    low: float
    high: float
    confidence: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether both bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


def summarize(values: Sequence[float]) -> Summary:
    """Mean and sample standard deviation (n - 1); the deviation of one number is unknown.

    Raises:
        ValueError: there is no number, or one of them is not finite. The caller names a failed run
            as a gap; it is never part of a mean.
    """
    if not values or not all(math.isfinite(value) for value in values):
        raise ValueError(f"cannot summarize {list(values)}: empty or not finite")
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return Summary(float(np.mean(values)), sd, len(values))


def mean_interval(
    values: Sequence[float],
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval | None:
    """Interval for the mean over items that are themselves a sample: languages, seeds.

    Percentiles of the bootstrap, stretched for small samples as Hesterberg (2015, "What teachers
    should know about the bootstrap", section 4.3) does: resampled means of n items spread too
    little by sqrt((n - 1) / n), and their tails are those of Student's t, not of the normal.

    Args:
        values: one number an item.
        confidence: of the interval.
        resamples: of the bootstrap.
        seed: of the resampling.

    Returns:
        The interval, or None for fewer than two values.
    """
    n = len(values)
    if n < 2:
        return None
    values_N = np.asarray(values, dtype=np.float64)
    estimate = float(values_N.mean())
    draws_BN = np.random.default_rng(seed).integers(n, size=(resamples, n))
    deviations_B = values_N[draws_BN].mean(axis=1) - estimate
    stretch = math.sqrt(n / (n - 1)) * tail_ratio(n - 1, confidence)
    low, high = percentile_bounds(deviations_B * stretch, confidence)
    return Interval(estimate, estimate + low, estimate + high, confidence, n)


def score_interval(
    value: float,
    standard_error: float,
    n: int,
    limits: tuple[float, float] | None = None,
    confidence: float = 0.95,
) -> Interval:
    """Interval of a number from its standard error, within what the number can be.

    Without limits it is the normal interval. With them it is Wilson's (1927), for the number of
    items at which a share would have this standard error: near a limit the normal interval leaves
    it, and at a limit it has no width, as if forty of forty were proof.

    Args:
        value: the number.
        standard_error: its standard error; 0 at a limit.
        n: items behind it, which count where the standard error is 0.
        limits: the least and the largest value that it can have.
        confidence: of the interval.
    """
    z = normal_quantile(confidence)
    if limits is None or n < 1:
        half = z * standard_error
        return Interval(value, value - half, value + half, confidence, n)
    low, width = limits[0], limits[1] - limits[0]
    share = min(max((value - low) / width, 0.0), 1.0)
    variance, error = share * (1 - share), standard_error / width
    items = variance / error**2 if variance > 0 and error**2 > 0 else float(n)
    middle = (share + z**2 / (2 * items)) / (1 + z**2 / items)
    half = z / (1 + z**2 / items) * math.sqrt(variance / items + (z / (2 * items)) ** 2)
    below, above = max(middle - half, 0.0), min(middle + half, 1.0)
    return Interval(value, low + width * below, low + width * above, confidence, n)


def normal_quantile(confidence: float) -> float:
    """How many standard errors the bounds of the normal interval are from the estimate."""
    return float(special.ndtri((1 + confidence) / 2))


def student_quantile(degrees: float, confidence: float) -> float:
    """How many standard errors the bounds of Student's t interval are from the estimate."""
    return float(special.stdtrit(degrees, (1 + confidence) / 2))


def tail_ratio(degrees: float, confidence: float) -> float:
    """How much wider Student's t with `degrees` of freedom is than the normal at `confidence`."""
    return student_quantile(degrees, confidence) / normal_quantile(confidence)


def percentile_bounds(draws_B: Float64, confidence: float) -> tuple[float, float]:
    """The two percentiles between which the middle `confidence` share of the draws lies."""
    tail = (1 - confidence) / 2
    places = np.array([tail, 1 - tail]) * (len(draws_B) - 1)
    # np.partition puts the values that sorting would put at these places there. Between two
    # neighbors the percentile is interpolated linearly, as by numpy's default.
    below, above = np.floor(places).astype(int), np.ceil(places).astype(int)
    # Partitioning costs less than numpy's quantile, whose preparations dominate on short arrays.
    ordered_B = np.partition(draws_B, np.concatenate([below, above]))
    low, high = ordered_B[below] + (places - below) * (ordered_B[above] - ordered_B[below])
    return float(low), float(high)
