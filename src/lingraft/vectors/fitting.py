"""Maps that bring dictionary pairs together: Procrustes, its refinement, and VecMap's five steps.

Vectors are rows, a map is applied as `X @ W`. All solve in float64.
Legend: P pairs, N source words, M target words, E dimension, K dimension of the common space.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.numeric.arrays import AnyFloats, Float64, Int64
from lingraft.numeric.rows import make_unit_rows, unit_rows
from lingraft.vectors.retrieval import mutual_neighbors


@dataclass(frozen=True)
class Maps:
    """A matrix for each side, and the rank of the cross-covariance they were solved from."""

    source_EK: Float64
    target_EK: Float64
    rank: int
    pairs: int  # that the last solution used, those found by refinement included
    facts: Mapping[str, Any] = field(default_factory=dict)  # of the fit, for metrics.json
    uses_pairs: bool = True  # of the dictionary: else all its pairs are held out anyway
    failure: str = ""  # one line on why nobody should use these maps
    named_K: Int64 | None = None  # the pairs that name the dimensions, where each is a pair


@dataclass(frozen=True)
class Problem:
    """Normalized vectors of both vocabularies, and which rows of them are pairs.

    Args:
        source_NE, target_ME: vectors, the most frequent word first.
        source_P, target_P, weights_P: rows of both that are pairs, and what each pair counts.
        source_words, target_words: the words of the rows, for methods that read their letters.
        known_pairs: different pairs of the whole dictionary, those included that a fold holds out.
        state: folder in which a long fit keeps what it has, and from which it goes on.
        partners: the same source words with other target languages, for a joint fit.
    """

    source_NE: AnyFloats
    target_ME: AnyFloats
    source_P: Int64
    target_P: Int64
    weights_P: Float64
    source_words: Sequence[str] = ()
    target_words: Sequence[str] = ()
    known_pairs: int = 0
    state: Path | None = None
    partners: Sequence["Problem"] = ()


def orthogonal_map(
    source_PE: AnyFloats, target_PE: AnyFloats, weights_P: Float64 | None = None
) -> tuple[Float64, int]:
    """The orthogonal W that minimizes sum_p w_p |x_p W - y_p|^2, and the rank of X^T diag(w) Y.

    Schönemann (1966): W = U V^T of the singular value decomposition U S V^T of X^T diag(w) Y.
    Below full rank W is arbitrary in the directions that no pair touches.

    Args:
        source_PE: source vectors of the pairs.
        target_PE: their target vectors.
        weights_P: weight of each pair; without them all are equal.
    """
    source_PE = source_PE.astype(np.float64)
    if weights_P is not None:
        source_PE = source_PE * weights_P[:, None]
    # numpy returns V^T, not V: W = U V^T is left @ right.
    left_EE, singular_E, right_EE = np.linalg.svd(source_PE.T @ target_PE.astype(np.float64))
    return left_EE @ right_EE, matrix_rank(singular_E)


def fit_procrustes(problem: Problem) -> Maps:
    """One orthogonal map of the source side; the target side stays."""
    source_EK, rank = orthogonal_map(
        problem.source_NE[problem.source_P], problem.target_ME[problem.target_P], problem.weights_P
    )
    return Maps(source_EK, np.eye(len(source_EK)), rank, len(problem.source_P))


def fit_refinement(
    problem: Problem,
    *,
    rounds: int,
    neighbors: int,
    maximum_rank: int,
    keep_dictionary: bool = True,
) -> Maps:
    """Procrustes, repeated on the mutual nearest neighbors (CSLS) that the last map shows.

    Lample et al. (2018).

    Args:
        problem: the vectors, and the pairs of the dictionary.
        rounds: repetitions after the first map.
        neighbors: how many neighbors CSLS averages over.
        maximum_rank: pairs are found among so many first words of either side.
        keep_dictionary: the dictionary stays among the pairs; MUSE drops it.
    """
    maps = fit_procrustes(problem)
    target_ME = unit_rows(problem.target_ME)
    for _ in range(rounds):
        source_NE = make_unit_rows(problem.source_NE @ maps.source_EK.astype(np.float32))
        found = mutual_neighbors(source_NE, target_ME, neighbors, maximum_rank)
        maps = fit_procrustes(_extend(problem, *found, keep_dictionary))
    return maps


def _extend(problem: Problem, source_P: Int64, target_P: Int64, keep: bool) -> Problem:
    weights_P = np.ones(len(source_P))
    if keep:
        source_P = np.concatenate([problem.source_P, source_P])
        target_P = np.concatenate([problem.target_P, target_P])
        weights_P = np.concatenate([problem.weights_P, weights_P])
    return replace(problem, source_P=source_P, target_P=target_P, weights_P=weights_P)


def fit_vecmap(problem: Problem, reweighting: float) -> Maps:
    """Whiten, rotate, re-weight and de-whiten both sides (Artetxe et al., 2018, AAAI).

    Both sides move. Directions that the pairs do not span are left out of the whitening.

    Args:
        problem: the vectors, and the pairs of the dictionary.
        reweighting: power of the singular values by which both sides are re-weighted.
    """
    # X^T diag(w) Y has each weight once, so each side gets its square root.
    scale_P1 = np.sqrt(problem.weights_P)[:, None]
    source_PE = problem.source_NE[problem.source_P].astype(np.float64) * scale_P1
    target_PE = problem.target_ME[problem.target_P].astype(np.float64) * scale_P1
    whiten_source, colour_source = _whitening(source_PE)
    whiten_target, colour_target = _whitening(target_PE)
    cross_EE = whiten_source.T @ source_PE.T @ target_PE @ whiten_target
    left_EE, singular_E, right_EE = np.linalg.svd(cross_EE)
    strength_E = singular_E**reweighting
    # From left to right: whiten, rotate, re-weight, rotate back, de-whiten, rotate. `@` and `*`
    # have the same precedence; `* strength_E` scales the columns of what is left of it.
    source_EK = whiten_source @ left_EE * strength_E @ left_EE.T @ colour_source @ left_EE
    target_EK = whiten_target @ right_EE.T * strength_E @ right_EE @ colour_target @ right_EE.T
    return Maps(source_EK, target_EK, matrix_rank(singular_E), len(problem.source_P))


def _whitening(vectors_PE: Float64) -> tuple[Float64, Float64]:
    """(X^T X)^(-1/2) and its inverse, in the row space of X."""
    _, singular, right = np.linalg.svd(vectors_PE, full_matrices=False)
    kept = singular > singular.max(initial=0) * 1e-6
    singular, right = singular[kept], right[kept]
    # right.T / singular divides column j by singular[j]: V S^-1 V^T without a diagonal matrix.
    return (right.T / singular) @ right, (right.T * singular) @ right


def matrix_rank(singular_E: Float64) -> int:
    """The rank of a product of float32 vectors, by its singular values."""
    # As in np.linalg.matrix_rank, but with the eps of float32, since the vectors were float32.
    tolerance = singular_E.max(initial=0) * len(singular_E) * np.finfo(np.float32).eps
    return int((singular_E > tolerance).sum())
