"""What a system scored on each test example, so that resampling can recompute the metric.

Every metric here is a mean over classes of a ratio of sums over examples, so two numbers per
example (and class) are enough:

    accuracy         sum(correct) / sum(1)
    bits per byte    sum(bits) / sum(bytes)
    F1               sum(2 true positives) / sum(2 true positives + false positives + negatives)
    macro-F1         the same for each class, averaged

Shape suffixes: S seeds, N examples, K classes, X any leading axes.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lingraft.numeric.arrays import Float64

Transform = Literal["identity", "exp"]


@dataclass(frozen=True)
class Examples:
    """What a system scored on each example, for each of its seeds.

    `numerators_SNK` and `denominators_SNK` are float64; all systems that are compared list the
    same examples in the same order. `transform` is applied to the metric ("exp": perplexity).
    """

    numerators_SNK: Float64
    denominators_SNK: Float64
    transform: Transform = "identity"

    @classmethod
    def of(cls, numerators: Float64, denominators: Float64 | None = None) -> "Examples":
        """Make it from arrays N, SN or SNK; without denominators the metric is a plain mean."""
        numerators = np.asarray(numerators, dtype=np.float64)
        ones = np.ones_like(numerators)
        denominators = ones if denominators is None else np.asarray(denominators, dtype=np.float64)
        return cls(_to_three_axes(numerators), _to_three_axes(denominators))

    @property
    def score_S(self) -> Float64:
        """The metric of each seed on all examples."""
        return metric(self.numerators_SNK.sum(1), self.denominators_SNK.sum(1), self.transform)

    @property
    def influence_SN(self) -> Float64:
        """Each example's influence on the metric; the mean over N is the metric, to first order."""
        totals_S1K = self.denominators_SNK.sum(1, keepdims=True)
        safe_S1K = np.where(totals_S1K > 0, totals_S1K, 1.0)
        ratio_S1K = self.numerators_SNK.sum(1, keepdims=True) / safe_S1K
        # A ratio of sums, linearized (delta method). Example n moves sum(a) / sum(b) by
        # (a_n - ratio * b_n) / sum(b).
        residual_SNK = (self.numerators_SNK - ratio_S1K * self.denominators_SNK) / safe_S1K
        n, slope_S1 = self.numerators_SNK.shape[1], np.ones((len(ratio_S1K), 1))
        if self.transform == "exp":
            # The derivative of exp is exp itself, which is the score.
            slope_S1 = self.score_S[:, None]
        spread_SN = n * _class_mean(residual_SNK, totals_S1K)
        return np.asarray(self.score_S[:, None] + slope_S1 * spread_SN)


def metric(numerators_XK: Float64, denominators_XK: Float64, transform: Transform) -> Float64:
    """The metric X from sums over examples.

    Args:
        numerators_XK: float64, one for each class.
        denominators_XK: float64; a class with 0 does not occur.
        transform: what is applied to the mean over classes.
    """
    # A denominator of 0 becomes 1 against 0 / 0; _class_mean leaves this class out.
    safe = np.where(denominators_XK > 0, denominators_XK, 1.0)
    mean_X = _class_mean(numerators_XK / safe, denominators_XK)
    return np.asarray(np.exp(mean_X) if transform == "exp" else mean_X)


def _class_mean(values_XK: Float64, denominators_XK: Float64) -> Float64:
    """Mean over the classes that occur in the labels or predictions."""
    if values_XK.shape[-1] == 1:  # the usual case, called 100,000 times by a report
        present_X = np.broadcast_to(denominators_XK > 0, values_XK.shape)[..., 0]
        return np.asarray(values_XK[..., 0] * present_X)
    present = np.broadcast_to(denominators_XK > 0, values_XK.shape)
    total_X = np.where(present, values_XK, 0.0).sum(-1)
    return np.asarray(total_X / np.maximum(present.sum(-1), 1))


def _to_three_axes(array: Float64) -> Float64:
    if array.ndim == 1:
        return array[None, :, None]
    return array[:, :, None] if array.ndim == 2 else array
