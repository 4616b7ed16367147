"""Compute-to-match: the smallest budget at which a run is as good as another run's last score.

Papers often state such factors without their unit; here the axis is always named. A run that never
reaches the score is reported as "not reached", which is a result, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingraft.numeric.arrays import Float64

AXES = ("steps", "tokens", "hours")
Better = Literal["up", "down"]


@dataclass(frozen=True)
class Curve:
    """One seed's scores along its training: budgets on one axis, increasing, and the scores."""

    budgets: Sequence[float]
    scores: Sequence[float]


@dataclass(frozen=True)
class CatchUp:
    """The budget at which a run matches the baseline.

    Attributes:
        budget: `math.inf` if the run does not match within its own budget.
        speed_up: the baseline's whole budget divided by `budget`: 0 if it is not reached, infinite
            if the run is as good before its first step.
        low, high: bounds of the speed-up from resampled seeds; None with a single seed.
    """

    axis: str
    target: float
    budget: float
    speed_up: float
    low: float | None = None
    high: float | None = None
    seeds: int = 1

    @property
    def reached(self) -> bool:
        """Whether the run reaches the target."""
        return math.isfinite(self.budget)


def compute_to_match(
    run: Sequence[Curve],
    baseline: Sequence[Curve],
    axis: str,
    better: Better,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> CatchUp:
    """Compare the curves of `run` with the final score of `baseline`, seeds averaged.

    Between two evaluations the score is interpolated linearly, so the answer is only as fine as the
    grid of evaluations.

    Args:
        run: one curve a seed.
        baseline: one curve a seed.
        axis: what the budgets count; one of `AXES`.
        better: the direction in which a score is better.
        confidence: of the bounds.
        resamples: of the seeds of both sides.
        seed: of the resampling.

    Raises:
        ValueError: a side has no curve, the axis is unknown, or seeds have different budgets.
    """
    if axis not in AXES:
        raise ValueError(f"axis {axis!r} is not one of {', '.join(AXES)}")
    grid, scores_SP = _stack(run)
    last, finals_S = _last(baseline)
    lead_1P = scores_SP.mean(0, keepdims=True) - finals_S.mean()
    budget = float(_crossings(grid, lead_1P, better)[0])
    result = CatchUp(axis, float(finals_S.mean()), budget, _ratio(last, budget), seeds=len(run))
    if min(len(run), len(baseline)) < 2:
        return result
    rng = np.random.default_rng(seed)
    # Each resample draws S seeds with replacement (B x S x P) and averages them.
    mean_BP = scores_SP[rng.integers(len(run), size=(resamples, len(run)))].mean(1)
    targets_B = finals_S[rng.integers(len(finals_S), size=(resamples, len(finals_S)))].mean(1)
    lead_BP = mean_BP - targets_B[:, None]
    factors_B = np.array([_ratio(last, b) for b in _crossings(grid, lead_BP, better)])
    low, high = _bounds(factors_B, confidence)
    return CatchUp(axis, result.target, budget, result.speed_up, low, high, len(run))


def _crossings(grid_P: Float64, lead_BP: Float64, better: Better) -> Float64:
    """The smallest budget of each curve at which its interpolated lead is not negative."""
    lead_BP = lead_BP if better == "up" else -lead_BP
    reached_BP = lead_BP >= 0
    # argmax of truth values is the first true one. It is 0 if none is true; the last line replaces
    # these rows.
    right_B = reached_BP.argmax(axis=1)
    left_B = np.maximum(right_B - 1, 0)
    rows_B = np.arange(len(lead_BP))
    before_B, after_B = lead_BP[rows_B, left_B], lead_BP[rows_B, right_B]
    # Linear interpolation of the zero between two evaluations. The 1.0 only avoids a division by 0
    # in rows whose share is not used.
    rise_B = np.where(after_B > before_B, after_B - before_B, 1.0)
    share_B = np.where(right_B > 0, -before_B / rise_B, 0.0)
    budgets_B = grid_P[left_B] + share_B * (grid_P[right_B] - grid_P[left_B])
    return np.where(reached_BP.any(axis=1), budgets_B, math.inf)


def _stack(curves: Sequence[Curve]) -> tuple[Float64, Float64]:
    """Seeds on one grid of budgets: equal evaluations, budgets averaged (hours differ a little)."""
    if not curves or len({len(curve.budgets) for curve in curves}) != 1:
        raise ValueError("the seeds of a run must be evaluated equally often")
    grid_P = np.mean([curve.budgets for curve in curves], axis=0)
    if len(grid_P) == 0 or np.any(np.diff(grid_P) <= 0):
        raise ValueError("the budgets of a curve must increase")
    return grid_P, np.array([curve.scores for curve in curves], dtype=np.float64)


def _last(curves: Sequence[Curve]) -> tuple[float, Float64]:
    grid_P, scores_SP = _stack(curves)
    return float(grid_P[-1]), scores_SP[:, -1]


def _ratio(whole: float, budget: float) -> float:
    if math.isinf(budget):
        return 0.0
    return whole / budget if budget > 0 else math.inf


def _bounds(factors: Float64, confidence: float) -> tuple[float, float]:
    # Quantiles between a finite and an infinite factor would be NaN; take the nearest draw.
    tail = (1 - confidence) / 2
    low, high = np.quantile(factors, [tail, 1 - tail], method="nearest")
    return float(low), float(high)
