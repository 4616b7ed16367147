"""Counter-fitting (Mrkšić et al., 2016): hinge losses on cosine distances, descended word by word.

Three terms: antonyms closer than delta, synonyms farther than gamma, and neighbors farther than
they were. In each iteration every word takes the mean of the steps that its pairs ask for, and has
unit length again.

Legend: N words, E dimension, P pairs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.edges import Edges

_BLOCK = 1024  # words whose distances to all others are in memory at once


@dataclass(frozen=True)
class Force:
    """Pairs of rows that step toward each other, or apart, while their distance is not right.

    Args:
        rows_P2: the pairs.
        distance: cosine distance, of each pair or of all, beyond which they step.
        step: positive toward each other, where the distance is too large; negative apart, where it
            is too small.
    """

    rows_P2: Int64
    distance: Float64 | float
    step: float


def counter_fit(vectors_NE: Float64, forces: Sequence[Force], iterations: int) -> Float64:
    """Unit vectors after the iterations.

    Args:
        vectors_NE: unit vectors.
        forces: what moves them.
        iterations: steps of all words.
    """
    for _ in range(iterations):
        total_NE = np.zeros_like(vectors_NE)
        count_N1 = np.zeros((len(vectors_NE), 1))
        for force in forces:
            _add_steps(total_NE, count_N1, vectors_NE, force)
        vectors_NE = unit_rows(vectors_NE + total_NE / np.maximum(count_N1, 1))
    return vectors_NE


def _add_steps(total_NE: Float64, count_N1: Float64, vectors_NE: Float64, force: Force) -> None:
    first_P, second_P = force.rows_P2.T
    cosine_P = np.einsum("pe,pe->p", vectors_NE[first_P], vectors_NE[second_P])
    excess_P = 1 - cosine_P - force.distance
    active_P = excess_P > 0 if force.step > 0 else excess_P < 0
    first_P, second_P, cosine_P1 = first_P[active_P], second_P[active_P], cosine_P[active_P, None]
    for own_P, other_P in ((first_P, second_P), (second_P, first_P)):
        # The gradient of the cosine of unit vectors u, w by u is w - cos(u, w) u.
        slope_PE = vectors_NE[other_P] - cosine_P1 * vectors_NE[own_P]
        # add.at adds every pair of a word; total[own] += ... would keep only the last.
        np.add.at(total_NE, own_P, force.step * slope_PE)
        np.add.at(count_N1, own_P, 1)


def neighborhoods(
    vectors_NE: Float64, edges: Iterable[Edges], radius: float
) -> tuple[Int64, Float64]:
    """Pairs (P, 2) of a word with edges and a word nearer than the radius, and their distances (P).

    Args:
        vectors_NE: unit vectors.
        edges: their words are those that move, so their neighborhoods are what can be lost.
        radius: cosine distance.
    """
    words_Q = np.unique(np.concatenate([each.rows_P2.ravel() for each in edges]))
    found: list[Int64] = []
    for start in range(0, len(words_Q), _BLOCK):
        rows_B = words_Q[start : start + _BLOCK]
        near_BN = 1 - vectors_NE[rows_B] @ vectors_NE.T < radius
        block, second_P = np.nonzero(near_BN)
        found.append(np.sort(np.stack([rows_B[block], second_P], axis=1), axis=1))
    pairs_P2 = np.unique(np.concatenate(found), axis=0)
    pairs_P2 = pairs_P2[pairs_P2[:, 0] != pairs_P2[:, 1]]
    first_P, second_P = pairs_P2.T
    return pairs_P2, 1 - np.einsum("pe,pe->p", vectors_NE[first_P], vectors_NE[second_P])
