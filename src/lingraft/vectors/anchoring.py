"""Words as their similarities to anchors: explicit semantic analysis over a dictionary.

The dimensions of the common space are pairs of the dictionary. A source word is described by its
similarities to the source side of the pairs, a target word by those to the target side. So nothing
is rotated, and each dimension has a name (Gabrilovich and Markovitch, 2007: explicit semantic
analysis; here the concepts are words).

Legend: P pairs, E dimension, K anchors.
"""

import numpy as np

from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.fitting import Maps, Problem, matrix_rank


def fit_anchors(problem: Problem, *, anchors: int, centered: bool, whitening: float) -> Maps:
    """Map each side onto its similarities to the anchors.

    Args:
        problem: the vectors, and the pairs of the dictionary.
        anchors: K at most.
        centered: subtract from the similarities of a word their mean over the anchors.
        whitening: power of the singular values of the anchors that is divided out: 0 leaves
            similarities as they are, with 1 all directions that the anchors span count alike.
    """
    chosen_K = most_frequent_pairs(problem, anchors)
    source_KE = unit_rows(problem.source_NE[problem.source_P[chosen_K]].astype(np.float64))
    target_KE = unit_rows(problem.target_ME[problem.target_P[chosen_K]].astype(np.float64))
    rank = matrix_rank(np.linalg.svd(source_KE.T @ target_KE, compute_uv=False))
    return Maps(
        _similarities(source_KE, centered, whitening),
        _similarities(target_KE, centered, whitening),
        rank,
        len(chosen_K),
        named_K=chosen_K,
    )


def most_frequent_pairs(problem: Problem, count: int) -> Int64:
    """Positions of the pairs with the most frequent words, no word of either side twice.

    Args:
        problem: the vectors, the most frequent word first, and the pairs.
        count: how many at most.
    """
    # A pair is as frequent as its rarer word. The sort is stable: equals keep their order of trust.
    order_P = np.argsort(np.maximum(problem.source_P, problem.target_P), kind="stable")
    chosen: list[int] = []
    sources: set[int] = set()
    targets: set[int] = set()
    for place in order_P.tolist():
        source, target = int(problem.source_P[place]), int(problem.target_P[place])
        if source in sources or target in targets:
            continue
        sources.add(source)
        targets.add(target)
        chosen.append(place)
        if len(chosen) == count:
            break
    return np.array(chosen, dtype=np.int64)


def _similarities(anchors_KE: Float64, centered: bool, whitening: float) -> Float64:
    """The matrix (E, K) that turns a vector into its similarities to the anchors."""
    if centered:
        # The mean over the anchors of x a is x times the mean anchor.
        anchors_KE = anchors_KE - anchors_KE.mean(axis=0)
    left, singular, right = np.linalg.svd(anchors_KE, full_matrices=False)
    kept = singular > singular.max(initial=0) * 1e-6
    left, singular, right = left[:, kept], singular[kept], right[kept]
    return np.asarray((right.T * singular ** (1 - whitening)) @ left.T)
