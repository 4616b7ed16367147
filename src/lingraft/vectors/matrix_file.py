"""A matrix in its file: read without filling the memory, written without a second copy.

Legend: W rows, E dimension.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lingraft.numeric.arrays import Numbers


def read_matrix(path: Path) -> Numbers:
    """The matrix (W, E) of a `.npy`, mapped: only pages that are used are in memory.

    The system can give such a page back at any time, except where it was written to: what is
    written stays in memory and never comes to the file.

    Args:
        path: the file; it may be deleted later, but must not be written to.

    Raises:
        ValueError: the file is damaged or cut.
        EOFError: the file is empty.
    """
    return np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))


def write_matrix(path: Path, parts_WE: Sequence[Numbers]) -> None:
    """Write parts of a matrix as one `.npy`, as `numpy.save` would after joining them.

    Args:
        path: the file.
        parts_WE: rows in order, of one dtype and dimension.
    """
    layout = {
        "descr": np.lib.format.dtype_to_descr(parts_WE[0].dtype),
        "fortran_order": False,
        "shape": (sum(map(len, parts_WE)), parts_WE[0].shape[1]),
    }
    path.unlink(missing_ok=True)  # the vectors may be mapped from the file that was there
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, layout)
        for part_WE in parts_WE:
            part_WE.tofile(stream)
