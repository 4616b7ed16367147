"""Row norms and unit rows, and large matrices block by block.

Shapes: N rows, E dimensions.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64

# What is computed block by block is equal, to the last bit, to what is computed at once: numpy's
# buffers hold 8192 numbers, and products of matrices go by 12 rows (OpenBLAS on AVX2).
_BLOCK_ROWS = 24_576


def norms(rows_NE: NDArray[Any]) -> Float64:
    """Euclidean norm of each row (N,), accumulated in float64."""
    # einsum casts in small buffers: no float64 copy of the whole matrix is made.
    squares_N = np.einsum("ne,ne->n", rows_NE, rows_NE, dtype=np.float64, casting="safe")
    return np.asarray(np.sqrt(squares_N))


def unit_rows(rows_NE: NDArray[Any]) -> NDArray[Any]:
    """Each row divided by its norm, in its own dtype; zero rows stay zero."""
    return np.asarray(rows_NE * _factors(rows_NE))


def make_unit_rows(rows_NE: NDArray[Any]) -> NDArray[Any]:
    """`unit_rows` in place, for a matrix that nobody else holds; it is returned."""
    rows_NE *= _factors(rows_NE)
    return rows_NE


def row_blocks(rows: int) -> Iterator[slice]:
    """Slices that cover so many rows, in order."""
    start = 0
    # A short rest joins the last block: a product of a single row is summed in another order.
    while rows - start > _BLOCK_ROWS + _BLOCK_ROWS // 8:
        yield slice(start, start + _BLOCK_ROWS)
        start += _BLOCK_ROWS
    if rows:
        yield slice(start, rows)


def all_finite(rows_NE: NDArray[Any]) -> bool:
    """Whether no number is NaN or infinite."""
    return all(bool(np.isfinite(rows_NE[block]).all()) for block in row_blocks(len(rows_NE)))


def _factors(rows_NE: NDArray[Any]) -> NDArray[Any]:
    """What makes each row's norm 1, (N, 1) in the dtype of the rows; 1 for zero rows."""
    norms_N = norms(rows_NE)
    factors_N = 1.0 / np.where(norms_N == 0, 1.0, norms_N)
    return np.asarray(factors_N[:, None].astype(rows_NE.dtype))
