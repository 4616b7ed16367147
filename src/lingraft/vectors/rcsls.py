"""A map that is trained for retrieval by CSLS (Joulin et al., 2018).

RCSLS relaxes the retrieval criterion to a loss of the map W:

    mean_p w_p [ -2 x_p W y_p + mean_{y in N(x_p W)} x_p W y + mean_{x in N(y_p)} x W y_p ]

N are the K nearest words of the other language by inner product. The neighbors change with W, but
almost everywhere they are constant around W, so the gradient takes them as fixed.

Legend: P pairs, D development pairs, N source words, M target words, E dimension, K neighbors.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
from scipy.sparse import csr_array

from lingraft.numeric.arrays import AnyFloats, Float64, Int64
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.fitting import Maps, Problem, fit_procrustes
from lingraft.vectors.retrieval import csls_nearest, mean_similarity

_SMALLEST_RATE = 1e-4  # below it the descent ends, as in the authors' program
_CANDIDATES = 20_000  # development pairs are ranked among so many first words of either side
_DEPTH = 10  # beyond the tenth place a development pair counts as not found


def fit_rcsls(
    problem: Problem,
    *,
    neighbors: int,
    iterations: int,
    learning_rate: float,
    spectral: bool,
    development: float,
) -> Maps:
    """Procrustes, then gradient descent on the relaxed CSLS loss.

    The number of steps is the one after which the mean reciprocal rank of the development pairs is
    best; the map is then trained on all pairs for so many steps.

    Args:
        problem: the vectors, and the pairs of the dictionary.
        neighbors: K.
        iterations: steps at most, those that were taken back included.
        learning_rate: of the first step; it is halved whenever the loss rises.
        spectral: keep the singular values of the map within [0, 1].
        development: share of the source words whose pairs only choose the number of steps.
    """
    options = neighbors, iterations, learning_rate, spectral
    fitted, chosen = _split(problem, development)
    scores: list[float] = []
    if len(fitted.source_P) and len(chosen.source_P):
        scores = [
            _reciprocal_rank(chosen, each, neighbors) for each, _ in _descend(fitted, *options)
        ]
    # The first of the best: at equal rank the map that is nearer to a rotation.
    stop = int(np.argmax(scores)) + 1 if scores else None
    trained = list(islice(_descend(problem, *options), stop))
    facts = {
        "steps": len(trained) - 1,
        "loss_before": trained[0][1],
        "loss": trained[-1][1],
        "development_pairs": len(chosen.source_P),
    }
    if scores:
        facts |= {"reciprocal_rank_before": scores[0], "reciprocal_rank": max(scores)}
    rank = fit_procrustes(problem).rank
    source_EE = trained[-1][0]
    return Maps(source_EE, np.eye(len(source_EE)), rank, len(problem.source_P), facts)


def relaxed_csls(problem: Problem, map_EE: Float64, neighbors: int) -> tuple[float, Float64]:
    """The loss of a map of the source side and its gradient (E, E), both in float64.

    Without a constraint the loss is homogeneous: loss(a W) = a loss(W), so where it is negative it
    has no lower bound.

    Args:
        problem: the vectors, and the pairs.
        map_EE: W.
        neighbors: K.
    """
    source_PE = problem.source_NE[problem.source_P].astype(np.float64)
    target_PE = problem.target_ME[problem.target_P].astype(np.float64)
    weights_P1 = problem.weights_P[:, None] / problem.weights_P.sum()
    mapped_PE = source_PE @ map_EE
    near_PE = _mean_of_nearest(mapped_PE, problem.target_ME, neighbors)
    # x W y is the inner product of x and y W^T, so the source words are searched where they are.
    back_PE = _mean_of_nearest(target_PE @ map_EE.T, problem.source_NE, neighbors)
    ahead_PE = weights_P1 * (near_PE - 2 * target_PE)
    loss = float((mapped_PE * ahead_PE).sum() + ((weights_P1 * back_PE @ map_EE) * target_PE).sum())
    return loss, source_PE.T @ ahead_PE + (weights_P1 * back_PE).T @ target_PE


def _mean_of_nearest(queries_PE: Float64, keys_NE: AnyFloats, neighbors: int) -> Float64:
    """Mean (P, E) of the keys with the largest inner product with each query."""
    rows_PK, _ = nearest(queries_PE.astype(keys_NE.dtype), keys_NE, neighbors, precision="float32")
    pairs, width = rows_PK.shape
    starts = np.arange(0, rows_PK.size + 1, width)
    # A sparse product: the neighbors of all pairs at once would be K times the pairs' vectors.
    means = csr_array(
        (np.full(rows_PK.size, 1 / width), rows_PK.ravel(), starts), shape=(pairs, len(keys_NE))
    )
    return np.asarray(means @ keys_NE.astype(np.float64))


def _descend(
    problem: Problem, neighbors: int, iterations: int, rate: float, spectral: bool
) -> Iterator[tuple[Float64, float]]:
    """Yield the map and its loss: of Procrustes, then after each step that lowers the loss."""
    map_EE = fit_procrustes(problem).source_EK
    loss, gradient_EE = relaxed_csls(problem, map_EE, neighbors)
    yield map_EE, loss
    for _ in range(iterations):
        if rate < _SMALLEST_RATE:
            return
        trial_EE = map_EE - rate * gradient_EE
        if spectral:
            trial_EE = clip_spectrum(trial_EE)
        trial_loss, trial_gradient_EE = relaxed_csls(problem, trial_EE, neighbors)
        if trial_loss > loss:
            rate /= 2
            continue
        map_EE, loss, gradient_EE = trial_EE, trial_loss, trial_gradient_EE
        yield map_EE, loss


def clip_spectrum(map_EE: Float64) -> Float64:
    """The nearest matrix whose singular values are within [0, 1]."""
    left_EE, singular_E, right_EE = np.linalg.svd(map_EE)
    return np.asarray((left_EE * np.minimum(singular_E, 1)) @ right_EE)


def _split(problem: Problem, development: float) -> tuple[Problem, Problem]:
    """The pairs to fit on, and those that choose the number of steps: all of a word together."""
    words = np.unique(problem.source_P)
    words = np.random.default_rng(0).permutation(words)[: round(development * len(words))]
    is_held_P = np.isin(problem.source_P, words)
    return _select(problem, np.flatnonzero(~is_held_P)), _select(problem, np.flatnonzero(is_held_P))


def _select(problem: Problem, rows: Int64) -> Problem:
    return replace(
        problem,
        source_P=problem.source_P[rows],
        target_P=problem.target_P[rows],
        weights_P=problem.weights_P[rows],
    )


def _reciprocal_rank(problem: Problem, map_EE: Float64, neighbors: int) -> float:
    """Mean reciprocal rank of the pairs' targets by CSLS among the first words of either side."""
    source_NE = problem.source_NE[:_CANDIDATES]
    source_NE = unit_rows(source_NE @ map_EE.astype(source_NE.dtype)).astype(np.float32)
    target_ME = unit_rows(problem.target_ME[:_CANDIDATES]).astype(np.float32)
    within_D = (problem.source_P < len(source_NE)) & (problem.target_P < len(target_ME))
    if not within_D.any():
        return 0.0
    source_D, target_D = problem.source_P[within_D], problem.target_P[within_D]
    hubness_M = mean_similarity(target_ME, source_NE, neighbors)
    found_DK, _ = csls_nearest(source_NE[source_D], target_ME, hubness_M, _DEPTH)
    is_found_DK = found_DK == target_D[:, None]
    return float((is_found_DK / np.arange(1, found_DK.shape[1] + 1)).sum(axis=1).mean())
