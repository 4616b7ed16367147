"""Rebuild rows of one space from anchors, as weights that hold in any other space.

Shapes: M rows to rebuild, O anchors, S source rows, E dimensions, K anchors for a row.
"""

import numpy as np
from scipy.sparse import csr_array

from lingraft.initialization.weights import Layer, Provenance, combined
from lingraft.numeric import sparse
from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.pursuit import orthogonal_matching_pursuit

_RIDGE = 1e-6  # of the mean eigenvalue: keeps least squares solvable with few anchors
_SMALLEST_SQUARE = 1e-12  # of a distance, which is divided by


def pursuit(
    rows_M: Int64,
    wanted_ME: Float64,
    sources_O: Int64,
    anchors_OE: Float64,
    columns: int,
    *,
    atoms: int,
) -> Layer:
    """Each row from a few anchors, by orthogonal matching pursuit.

    Args:
        rows_M: target rows.
        wanted_ME: their vectors.
        sources_O: the source rows of the anchors.
        anchors_OE: the vectors of the anchors.
        columns: number of source rows altogether (S).
        atoms: anchors for a row.
    """
    picks_MK, weights_MK = orthogonal_matching_pursuit(wanted_ME, anchors_OE, atoms)
    return combined(rows_M, sparse.from_top_k(sources_O[picks_MK], weights_MK, columns))


def interpolation(
    rows_M: Int64,
    wanted_ME: Float64,
    sources_O: Int64,
    anchors_OE: Float64,
    columns: int,
    *,
    atoms: int,
) -> Layer:
    """Each row from the nearest anchors by Euclidean distance, weighted by its inverse.

    Arguments are those of `pursuit`.
    """
    # |w - a|^2 = |w|^2 - 2 (w.a - |a|^2 / 2): the largest of the bracket is the nearest.
    half_norms_O1 = -0.5 * (anchors_OE**2).sum(axis=1, keepdims=True)
    ones_M1 = np.ones((len(wanted_ME), 1))
    picks_MK, scores_MK = nearest(
        np.hstack([wanted_ME, ones_M1]), np.hstack([anchors_OE, half_norms_O1]), atoms
    )
    squared_MK = (wanted_ME**2).sum(axis=1, keepdims=True) - 2.0 * scores_MK
    # A square near zero can come out negative by rounding.
    weights_MK = 1.0 / np.sqrt(np.clip(squared_MK, _SMALLEST_SQUARE, None))
    weights_MK /= weights_MK.sum(axis=1, keepdims=True)
    return combined(rows_M, sparse.from_top_k(sources_O[picks_MK], weights_MK, columns))


def least_squares(
    rows_M: Int64, wanted_ME: Float64, sources_O: Int64, anchors_OE: Float64, columns: int
) -> tuple[Layer, Float64]:
    """Each row from all anchors, by the smallest weights: wanted (A^T A)^-1 @ A^T.

    Arguments are those of `pursuit`. The weights are dense and stay a product of two thin matrices.

    Returns:
        The layer with its left factor (M, E), and the right factor (E, S).
    """
    gram_EE = anchors_OE.T @ anchors_OE
    gram_EE += np.eye(len(gram_EE)) * _RIDGE * np.trace(gram_EE) / len(gram_EE)
    right_ES = np.zeros((anchors_OE.shape[1], columns))
    np.add.at(right_ES.T, sources_O, anchors_OE)
    # The Gram matrix G is symmetric, so solve(G, w^T)^T is w G^-1, without an inverse.
    left_ME = np.asarray(np.linalg.solve(gram_EE, wanted_ME.T).T, np.float64)
    nothing = csr_array((len(rows_M), columns), dtype=np.float64)
    return Layer(Provenance.COMBINED, rows_M, nothing, left_ME), right_ES
