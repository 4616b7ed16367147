"""The mean of several W, row by row, weighted by the strength of each.

With W_i the weights of method i and n_i(t) its strength at row t (zero where it has no row),

    W(t) = sum_i n_i(t) W_i(t) / sum_i n_i(t)

Shapes: T target tokens, S source rows, R rank of dense weights.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.initialization.combining.empirical_bayes import estimate_strengths
from lingraft.initialization.trial import Trial
from lingraft.initialization.weights import LowRank, Provenance, Weights
from lingraft.numeric import sparse
from lingraft.numeric.arrays import Float64


def mean_of(parts: Sequence[Weights], strengths: Sequence[Float64]) -> Weights:
    """The mean of the parts, row by row.

    Args:
        parts: weights of one request.
        strengths: the strength of each part at each row (T,), zero where it leaves the row to fill.
    """
    total_T = np.sum(strengths, axis=0)
    # Where no part has a row, the divisor is 1: 0 / 1 and not 0 / 0.
    shares = [strength_T / np.where(total_T > 0, total_T, 1.0) for strength_T in strengths]
    matrices = [
        sparse.scale_rows(weights.matrix_TS, share_T)
        for weights, share_T in zip(parts, shares, strict=True)
    ]
    # The sum begins with a matrix: the default 0 is not one.
    matrix_TS = csr_array(sum(matrices[1:], matrices[0]))
    return Weights(
        sparse.canonical(matrix_TS),
        _provenance(parts, shares),
        _dense([weights.dense for weights in parts], shares),
        account={key: value for weights in parts for key, value in weights.account.items()},
    )


def observations(weights: Weights, uncounted: float) -> Float64:
    """Observations behind each row (T,); zero where the row is left to fill.

    Args:
        weights: of one method.
        uncounted: what a row is worth for which the method has counted nothing: it does not count,
            or it found the row by smoothing.
    """
    observed_T = np.full(len(weights.provenance_T), uncounted)
    if weights.observations_T is not None:
        observed_T = np.where(weights.observations_T > 0, weights.observations_T, observed_T)
    return np.where(_covered(weights), observed_T, 0.0)


def is_prior(weights: Weights) -> bool:
    """Whether the strength of a method can be estimated: it counts nothing, and its rows are
    distributions over source tokens (weights below zero predict nothing)."""
    is_distribution = weights.dense is None and bool((weights.matrix_TS.data >= 0).all())
    return weights.observations_T is None and is_distribution


def posterior_mean(
    counted: Weights,
    others: Sequence[Weights],
    fixed: Sequence[Float64 | None],
    trial: Trial,
    *,
    uncounted: float,
    mean_row: bool = False,
) -> Weights:
    """The posterior mean of each row: counts, under the rows of other methods as priors.

    Args:
        counted: weights with observations.
        others: the weights of the other methods.
        fixed: for each of `others` its strength at each row (T,); None: to be estimated, which
            needs a prior (`is_prior`).
        trial: what the strengths are estimated on.
        uncounted: observations of a row of `counted` that smoothing found.
        mean_row: whether the mean source row, weighted by the frequencies of the source tokens, is
            the last prior; then no row is left to fill.
    """
    # A method with counts of its own has seen the pairs of the trial.
    priors = [each for each in others if is_prior(each)]
    strengths = estimate_strengths(trial, [each.matrix_TS for each in priors])
    counted_T = observations(counted, uncounted)
    estimated_TK = strengths.of(counted_T)
    of_priors = iter(estimated_TK.T)
    parts, shares = [counted], [counted_T]
    for each, fixed_T in zip(others, fixed, strict=True):
        estimated_T = next(of_priors) if is_prior(each) else np.zeros(len(counted_T))
        given_T = estimated_T if fixed_T is None else fixed_T
        parts.append(each)
        shares.append(np.where(_covered(each), given_T, 0.0))
    if mean_row:
        parts.append(_mean_row(counted, trial.base_S))
        shares.append(estimated_TK[:, -1])
    account = {"strengths": strengths.observations_BK.tolist(), **counted.account}
    return replace(mean_of(parts, shares), account=account)


def _mean_row(like: Weights, base_S: Float64) -> Weights:
    """Weights whose every row is the mean of the source rows with these shares (S,)."""
    rows, columns = like.matrix_TS.shape
    provenance_T = np.full(rows, Provenance.COMBINED, np.uint8)
    dense = LowRank(np.ones((rows, 1)), np.pad(base_S, (0, columns - len(base_S)))[None])
    return Weights(csr_array((rows, columns)), provenance_T, dense)


def first_only(parts: Sequence[Weights]) -> list[Float64]:
    """For each part one where it is the first to have a row (T,), zero elsewhere."""
    taken_T = np.zeros(len(parts[0].provenance_T), bool)
    chosen = []
    for weights in parts:
        covered_T = _covered(weights)
        chosen.append(np.where(covered_T & ~taken_T, 1.0, 0.0))
        taken_T |= covered_T
    return chosen


def _covered(weights: Weights) -> NDArray[np.bool_]:
    """True for rows that a method does not leave to fill (T,)."""
    return weights.provenance_T < Provenance.FILL


def _provenance(parts: Sequence[Weights], shares: Sequence[Float64]) -> NDArray[np.uint8]:
    """A row that comes from one part alone keeps its provenance, other rows are combined."""
    provenance_T = np.full(len(shares[0]), Provenance.FILL, np.uint8)
    for weights, share_T in zip(parts, shares, strict=True):
        provenance_T[share_T > 0] = Provenance.COMBINED
        # The share is 1 where one part alone has strength: x / x is exactly 1.
        provenance_T[share_T == 1] = weights.provenance_T[share_T == 1]
    return provenance_T


def _dense(parts: Sequence[LowRank | None], shares: Sequence[Float64]) -> LowRank | None:
    """The sum of dense weights, side by side: its rank is the sum of their ranks."""
    scaled = [
        (part.left_TR * share_T[:, None], part.right_RS)
        for part, share_T in zip(parts, shares, strict=True)
        if part is not None
    ]
    if not scaled:
        return None
    lefts, rights = zip(*scaled, strict=True)
    # [L1 L2] @ [R1; R2] is L1 @ R1 + L2 @ R2.
    return LowRank(np.hstack(lefts), np.vstack(rights))
