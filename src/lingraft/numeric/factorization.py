"""Low-rank factorization of a tall matrix through its Gram matrix.

The D x D Gram matrix is accumulated in float64 over blocks of rows, so the cost is one pass over
the matrix and an eigendecomposition of size D; a full SVD of the same matrix takes ten times as
long. Squaring costs half of the digits: directions with singular values under 1e-7 of the largest
one are noise, far below what a coordinate of an embedding holds. The coordinates themselves are one
product in the matrix's own precision, whose rounding is that of a change of the matrix's last bits.

Shapes: N rows, D dimensions, R rank (width) of the factorization.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64

_BLOCK = 4096


@dataclass(frozen=True)
class Factors:
    """matrix_ND ~ coordinates_NR @ primitives_RD, the best approximation of that rank."""

    coordinates_NR: NDArray[Any]
    """Left singular vectors: orthonormal columns, float64 if the matrix is, otherwise float32."""
    primitives_RD: Float64
    """Right singular vectors times singular values: orthogonal rows."""
    singular_values_D: Float64
    """All of them, falling."""


def factorize(matrix_ND: NDArray[Any], width: int) -> Factors:
    """Truncated SVD U S V^T as coordinates U and primitives S V^T (OFA, equation 1).

    The sign of each direction is fixed by its right vector: the entry of largest magnitude is
    positive. Directions of singular value zero get zero coordinates.

    Args:
        matrix_ND: any floating dtype; may be a memory map, it is read in blocks.
        width: rank of the result, between 1 and D.

    Raises:
        ValueError: the width is not between 1 and D.
    """
    dimensions = matrix_ND.shape[1]
    if not 1 <= width <= dimensions:
        raise ValueError(f"width must be between 1 and {dimensions}, not {width}")
    eigenvalues_D, vectors_DD = np.linalg.eigh(gram(matrix_ND))
    # eigh returns rising eigenvalues, an SVD falling singular values. Rounding can make the
    # smallest eigenvalues negative.
    values_D = np.sqrt(np.clip(eigenvalues_D[::-1], 0.0, None))
    right_DR = _fix_signs(vectors_DD[:, ::-1][:, :width])
    significant_R = values_D[:width] > values_D[0] * np.finfo(np.float64).eps ** 0.5
    # np.where computes both branches: the inner one avoids a division by zero.
    inverse_R = np.where(significant_R, 1.0 / np.where(significant_R, values_D[:width], 1.0), 0.0)
    coordinates_NR = _project(matrix_ND, right_DR * inverse_R)
    return Factors(coordinates_NR, values_D[:width, None] * right_DR.T, values_D)


def gram(matrix_ND: NDArray[Any]) -> Float64:
    """matrix^T matrix (D, D) in float64, over blocks of rows."""
    total_DD = np.zeros((matrix_ND.shape[1],) * 2)
    for start in range(0, len(matrix_ND), _BLOCK):
        block_BD = _block(matrix_ND, start, np.float64)
        total_DD += block_BD.T @ block_BD  # numpy makes one triangle of it: half the work
    return total_DD


def _project(matrix_ND: NDArray[Any], directions_DR: Float64) -> NDArray[Any]:
    precision = np.float64 if matrix_ND.dtype == np.float64 else np.float32
    directions_DR = directions_DR.astype(precision)
    result_NR = np.empty((len(matrix_ND), directions_DR.shape[1]), precision)
    for start in range(0, len(matrix_ND), _BLOCK):
        block_BD = _block(matrix_ND, start, precision)
        np.matmul(block_BD, directions_DR, out=result_NR[start : start + len(block_BD)])
    return result_NR


def _block(matrix_ND: NDArray[Any], start: int, precision: type) -> NDArray[Any]:
    return np.asarray(matrix_ND[start : start + _BLOCK], precision)


def _fix_signs(right_DR: Float64) -> Float64:
    largest_R = np.abs(right_DR).argmax(axis=0)
    # One entry of each column (R,): row largest_R[r] of column r.
    signs_R = np.sign(right_DR[largest_R, np.arange(right_DR.shape[1])])
    return right_DR * np.where(signs_R == 0, 1.0, signs_R)
