"""Other tokens of the same spelling, put into rows as they are read: the family of such ways.

Shapes: N rows, W width of a row.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import TokenFile
from lingraft.numeric.arrays import Uint64
from lingraft.training.packing import Rows


class Recutting(Protocol):
    """Puts other tokens of the same spelling into rows."""

    def content_width(self, width: int, files: Sequence[TokenFile]) -> int:
        """Tokens of a corpus that are put into a row of `width`, so that the others find room."""

    def recut(self, rows: Rows, width: int, keys_N: Uint64) -> Rows:
        """Rows of at most `width` tokens with the same text, drawn by the key of each row."""


def renewed(
    rows: Rows, width: int, cut: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Rows:
    """Rows with new ids.

    Args:
        rows: the old ones.
        width: W of the new ones.
        cut: of each row the new ids, and for each the place in the old row that it comes from.
    """
    ids_NW = np.zeros((len(rows.ids_NW), width), np.int64)
    documents_NW = None if rows.documents_NW is None else np.zeros_like(ids_NW)
    lengths_N = np.empty_like(rows.lengths_N)
    for number, (ids, origins) in enumerate(cut):
        ids_NW[number, : len(ids)] = ids
        lengths_N[number] = len(ids)
        if documents_NW is not None and rows.documents_NW is not None:
            documents_NW[number, : len(ids)] = rows.documents_NW[number, origins]
    return Rows(ids_NW, lengths_N, documents_NW)
