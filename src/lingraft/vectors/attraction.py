"""Words pulled toward the words that a graph connects with them: one sparse system, solved exactly.

Minimize sum_i a_i |q_i - x_i|^2 + sum_(i,j) w_ij |q_i - q_j|^2 over the new vectors q: x are the
vectors as they came, a_i says how firmly word i stays, w_ij is the weight of an edge. Where the
gradient is zero, (diag(a + W) - w) q = a x, with W_i the sum of the weights at word i: symmetric
and positive definite, so the method of conjugate gradients solves it, in any order of the words.

Retrofitting (Faruqui et al., 2015) updates q_i <- (alpha x_i + sum_j b_ij q_j) / (alpha + sum_j
b_ij) with b_ij = w_ij / W_i. Its fixed point is the minimum for a_i = alpha W_i: the update is row
i of the system, divided by W_i.

Legend: N words, E dimension, C columns of a block.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64
from lingraft.vectors.edges import Edges

_COLUMNS = 32  # solved at once: they bound the memory
_TOLERANCE = 1e-13  # of the residual, relative to the right side
_LONGEST = 10_000  # iterations


def pull(
    vectors_NE: Float64, edges: Edges, firmness: float, *, by_degree: bool
) -> tuple[Float64, Edges]:
    """The new vectors of all words, and the edges without those that no known word reaches.

    Args:
        vectors_NE: vectors of the words that have one.
        edges: between them and new words, which have none: a = 0.
        firmness: a of a word; with `by_degree` times the sum W of its weights.
        by_degree: whether a word with many neighbors stays as firmly as one with few.
    """
    edges = _reachable(edges)
    weights_NN = edges.matrix()
    degree_N = np.asarray(weights_NN.sum(axis=1)).ravel()
    is_known_N = np.arange(edges.size) < edges.known
    firm_N = firmness * np.where(is_known_N, degree_N if by_degree else 1.0, 0.0)
    start_NE = np.concatenate([vectors_NE, np.zeros((len(edges.new), vectors_NE.shape[1]))])
    touched = np.flatnonzero(degree_N)
    weights = csr_array(weights_NN[touched][:, touched])
    diagonal_N = firm_N[touched] + degree_N[touched]
    result_NE = start_NE.copy()
    for first in range(0, vectors_NE.shape[1], _COLUMNS):
        columns = slice(first, first + _COLUMNS)
        begin_NC = start_NE[touched, columns]
        right_NC = firm_N[touched, None] * begin_NC
        result_NE[touched, columns] = _solve(weights, diagonal_N, right_NC, begin_NC)
    return result_NE, edges


def _reachable(edges: Edges) -> Edges:
    """Without new words that no path joins to a known one: nothing says where they are."""
    if not edges.new:
        return edges
    _, component_N = connected_components(edges.matrix(), directed=False)
    is_reached_N = np.isin(component_N, component_N[: edges.known])
    place_N = np.cumsum(is_reached_N) - 1
    kept_P = is_reached_N[edges.rows_P2[:, 0]]
    new = [node for row, node in enumerate(edges.new, edges.known) if is_reached_N[row]]
    counts = edges.counts | {
        "unreachable_words": len(edges.new) - len(new),
        "used": int(kept_P.sum()),
    }
    rows_P2 = place_N[edges.rows_P2[kept_P]]
    return Edges(rows_P2, edges.weights_P[kept_P], new, edges.known, counts)


def _solve(
    weights_NN: csr_array, diagonal_N: Float64, right_NC: Float64, start_NC: Float64
) -> Float64:
    """Conjugate gradients with the diagonal as preconditioner, each column by itself."""
    found_NC = start_NC.copy()
    residual_NC = right_NC - diagonal_N[:, None] * found_NC + weights_NN @ found_NC
    scaled_NC = residual_NC / diagonal_N[:, None]
    direction_NC = scaled_NC.copy()
    product_C = (residual_NC * scaled_NC).sum(axis=0)
    goal_C = _TOLERANCE**2 * (right_NC**2 / diagonal_N[:, None]).sum(axis=0)
    for _ in range(_LONGEST):
        if (product_C <= goal_C).all():
            return found_NC
        applied_NC = diagonal_N[:, None] * direction_NC - weights_NN @ direction_NC
        energy_C = (direction_NC * applied_NC).sum(axis=0)
        # A column that is solved exactly has a direction of zeros: it stays as it is.
        length_C = np.divide(product_C, energy_C, where=energy_C > 0, out=np.zeros_like(energy_C))
        found_NC += length_C * direction_NC
        residual_NC -= length_C * applied_NC
        scaled_NC = residual_NC / diagonal_N[:, None]
        last_C, product_C = product_C, (residual_NC * scaled_NC).sum(axis=0)
        ratio_C = np.divide(product_C, last_C, where=last_C > 0, out=np.zeros_like(last_C))
        direction_NC = scaled_NC + ratio_C * direction_NC
    raise InputError("the graph's edges cannot be solved; are weights of very different sizes?")
