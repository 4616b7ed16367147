"""Two factors for the logits of a head: one for what the body says, one for the bias.

With u the logits without their bias and v the bias, the calibrated logits are `a u + c v`. Their
cross-entropy is convex in (a, c), because a log-sum-exp of affine functions is convex. So Newton's
method finds the one best pair, whatever the start. `a` alone is the temperature of Guo et al.
(2017), On Calibration of Modern Neural Networks, as 1 / a.

Shapes: P predictions, V tokens; 2 the factors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float32, Float64

_STEPS = 50
_ENOUGH = 1e-9  # of the gradient, nats for each prediction
_LONGEST_STEP = 1.0  # of a factor: where the model is sure of itself, the curve is nearly flat
_CELLS = 1 << 20  # logits at a time: 8 MiB in float64


@dataclass(frozen=True)
class Answers:
    """What a model says at P places, and what stands there.

    Attributes:
        logits_PV: of the body alone, without the bias.
        bias_V: the bias of the head; zeros where it has none.
        right_P: ids of the right tokens.
    """

    logits_PV: Float32
    bias_V: Float64
    right_P: NDArray[np.int64]


@dataclass(frozen=True)
class Scales:
    """The factors of the logits and of the bias."""

    logits: float = 1.0
    bias: float = 1.0


def fit_scales(answers: Answers, least: Scales, most: Scales) -> Scales:
    """The factors with the lowest cross-entropy, within bounds.

    A factor without effect (a bias of zeros) stays 1. With 1 within the bounds, the loss is never
    higher than that of factors of 1.

    Args:
        answers: the predictions to fit.
        least: the lowest value of each factor.
        most: the highest value of each factor.
    """
    free_2 = np.array([True, bool(np.ptp(answers.bias_V))])
    low_2, high_2 = (np.where(free_2, [bound.logits, bound.bias], 1.0) for bound in (least, most))
    factors_2 = np.clip(1.0, low_2, high_2)
    loss, slope_2, curve_22 = _cross_entropy(answers, factors_2)
    for _ in range(_STEPS):
        # At a bound, a factor that would leave it is fixed in this step (projected Newton).
        stuck_2 = ((factors_2 <= low_2) & (slope_2 > 0)) | ((factors_2 >= high_2) & (slope_2 < 0))
        moving = np.flatnonzero(free_2 & ~stuck_2)
        if not len(moving) or np.abs(slope_2[moving]).max() < _ENOUGH:
            break
        direction_2 = np.zeros(2)
        damped = curve_22[np.ix_(moving, moving)] + 1e-12 * np.eye(len(moving))
        direction_2[moving] = -np.linalg.solve(damped, slope_2[moving])
        direction_2 *= min(1.0, _LONGEST_STEP / np.abs(direction_2).max())
        for length in 0.5 ** np.arange(30):
            tried_2 = np.clip(factors_2 + length * direction_2, low_2, high_2)
            found = _cross_entropy(answers, tried_2)
            if found[0] <= loss + 1e-4 * float(slope_2 @ (tried_2 - factors_2)):
                break
        else:
            break  # no step lowers the loss: rounding is all that is left
        factors_2, (loss, slope_2, curve_22) = tried_2, found
    return Scales(*factors_2.tolist())


def cross_entropy(answers: Answers, scales: Scales) -> float:
    """Mean loss of the predictions in nats."""
    return _cross_entropy(answers, np.array([scales.logits, scales.bias]))[0]


def _cross_entropy(answers: Answers, factors_2: Float64) -> tuple[float, Float64, Float64]:
    """The mean loss with its gradient (2,) and its Hessian (2, 2)."""
    loss, slope_2, curve_22 = 0.0, np.zeros(2), np.zeros((2, 2))
    bias_V, total = answers.bias_V, len(answers.right_P)
    chunk = max(1, _CELLS // len(bias_V))
    for start in range(0, total, chunk):
        right_C = answers.right_P[start : start + chunk]
        rows = np.arange(len(right_C))
        # Less what is right: the loss is a log-sum-exp then, with the gradient of its mean.
        logits_CV = answers.logits_PV[start : start + chunk].astype(np.float64)
        logits_CV -= logits_CV[rows, right_C][:, None]
        bias_CV = bias_V - bias_V[right_C][:, None]
        weights_CV = factors_2[0] * logits_CV + factors_2[1] * bias_CV
        highest_C = weights_CV.max(axis=1)
        weights_CV = np.exp(weights_CV - highest_C[:, None])
        sums_C = weights_CV.sum(axis=1)
        loss += float((np.log(sums_C) + highest_C).sum())
        weights_CV /= sums_C[:, None]
        # The gradient of a log-sum-exp is an expectation, its Hessian a covariance.
        logit_means_C, bias_means_C = (
            np.einsum("cv,cv->c", weights_CV, part_CV) for part_CV in (logits_CV, bias_CV)
        )
        slope_2 += logit_means_C.sum(), bias_means_C.sum()
        logits_CV -= logit_means_C[:, None]
        bias_CV -= bias_means_C[:, None]
        crossed = np.einsum("cv,cv,cv->", weights_CV, logits_CV, bias_CV)
        curve_22 += [
            [np.einsum("cv,cv,cv->", weights_CV, logits_CV, logits_CV), crossed],
            [crossed, np.einsum("cv,cv,cv->", weights_CV, bias_CV, bias_CV)],
        ]
    return loss / total, slope_2 / total, curve_22 / total
