"""Row norms and unit rows.

Shapes: N rows, E dimensions.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64


def norms(rows_NE: NDArray[Any]) -> Float64:
    """Euclidean norm of each row (N,), accumulated in float64."""
    # einsum casts in small buffers: no float64 copy of the whole matrix is made.
    squares_N = np.einsum("ne,ne->n", rows_NE, rows_NE, dtype=np.float64, casting="safe")
    return np.asarray(np.sqrt(squares_N))


def unit_rows(rows_NE: NDArray[Any]) -> NDArray[Any]:
    """Each row divided by its norm, in its own dtype; zero rows stay zero."""
    norms_N = norms(rows_NE)
    factors_N = 1.0 / np.where(norms_N == 0, 1.0, norms_N)
    return np.asarray(rows_NE * factors_N[:, None].astype(rows_NE.dtype))
