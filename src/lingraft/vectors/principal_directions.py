"""Directions in which vectors vary most: taken out, kept alone, or made equally strong.

Legend: N vectors, E dimension, D directions.
"""

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64
from lingraft.vectors.transformation import AffineStep


def without_top(vectors_NE: Float64, directions: int) -> tuple[AffineStep, Float64]:
    """All but the top (Mu and Viswanath, 2018): no mean, and nothing along the first directions.

    Args:
        vectors_NE: the vectors.
        directions: how many are taken out.

    Returns:
        The step, and the share of the variance that each taken direction had (D).

    Raises:
        InputError: the vectors have not more dimensions.
    """
    mean_E, variance_E, axes_EE = _spectrum(vectors_NE)
    _require(directions < len(mean_E), directions, len(mean_E))
    top_ED = axes_EE[:, :directions]
    matrix_EE = np.eye(len(mean_E)) - top_ED @ top_ED.T
    return AffineStep(mean_E, matrix_EE), _shares(variance_E)[:directions]


def principal(vectors_NE: Float64, directions: int, whiten: bool) -> tuple[AffineStep, Float64]:
    """The first principal components alone, with unit variance each if they are whitened.

    Args:
        vectors_NE: the vectors.
        directions: how many are kept.
        whiten: divide each component by its standard deviation.

    Returns:
        The step, and the share of the variance that each kept component has (D).

    Raises:
        InputError: the vectors have fewer dimensions, or a component without variance is whitened.
    """
    mean_E, variance_E, axes_EE = _spectrum(vectors_NE)
    _require(directions <= len(mean_E), directions, len(mean_E))
    matrix_ED, shares = axes_EE[:, :directions], _shares(variance_E)[:directions]
    if whiten:
        if shares.min() < np.finfo(np.float32).eps:
            raise InputError(
                f"the vectors vary in {int((shares >= np.finfo(np.float32).eps).sum())} directions "
                f"alone, so {directions} cannot be whitened; lower `dimension`"
            )
        matrix_ED = matrix_ED / np.sqrt(variance_E[:directions])
    return AffineStep(mean_E, matrix_ED), shares


def _spectrum(vectors_NE: Float64) -> tuple[Float64, Float64, Float64]:
    """Mean (E), variances (E) from the largest, and the axes (E, E) as columns."""
    mean_E = vectors_NE.mean(axis=0)
    centered_NE = vectors_NE - mean_E
    variance_E, axes_EE = np.linalg.eigh(centered_NE.T @ centered_NE / len(vectors_NE))
    # eigh orders by rising variance.
    return mean_E, np.maximum(variance_E[::-1], 0), axes_EE[:, ::-1]


def _shares(variance_E: Float64) -> Float64:
    return variance_E / max(float(variance_E.sum()), np.finfo(np.float64).tiny)


def _require(fits: bool, directions: int, dimension: int) -> None:
    if not fits:
        raise InputError(f"{directions} directions are too many for vectors of {dimension}")
