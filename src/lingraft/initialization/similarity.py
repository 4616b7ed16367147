"""From similarity in an auxiliary space to weights: the k nearest by softmax, or all by sparsemax.

Shapes: N target tokens to initialize, M source tokens to combine, E dimensions, K neighbors.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import InputError
from lingraft.initialization.weights import Layer, combined
from lingraft.numeric import sparse
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows
from lingraft.numeric.simplex import softmax
from lingraft.numeric.sparsemax import sparsemax_products

Ints = NDArray[np.int64]
Vectors = NDArray[Any]


def softmax_of_nearest(
    targets_N: Ints,
    target_NE: Vectors,
    sources_M: Ints,
    source_ME: Vectors,
    columns: int,
    *,
    neighbors: int,
    temperature: float,
) -> Layer:
    """Each target row from its nearest source tokens: softmax of their cosines / temperature.

    WECHSEL, equation 2; OFA, equation 3.

    Args:
        targets_N, sources_M: ids of the rows of the two matrices of vectors.
        columns: number of source rows altogether.
    """
    _require_space(target_NE, source_ME)
    picks_NK, cosines_NK = nearest(unit_rows(target_NE), unit_rows(source_ME), neighbors)
    weights_NK = softmax(cosines_NK, temperature)
    return combined(targets_N, sparse.from_top_k(sources_M[picks_NK], weights_NK, columns))


def sparsemax_of_all(
    targets_N: Ints,
    target_NE: Vectors,
    sources_M: Ints,
    source_ME: Vectors,
    columns: int,
) -> Layer:
    """Each target row from all source tokens: sparsemax of their cosines (FOCUS, equation 2)."""
    _require_space(target_NE, source_ME)
    weights_NM = sparsemax_products(unit_rows(target_NE), unit_rows(source_ME))
    return combined(targets_N, sparse.relabel_columns(weights_NM, sources_M, columns))


def _require_space(target_NE: Vectors, source_ME: Vectors) -> None:
    if target_NE.shape[1] != source_ME.shape[1]:
        raise InputError(
            f"source vectors have {source_ME.shape[1]} dimensions and target vectors "
            f"{target_NE.shape[1]}: they need a common space (an alignment)"
        )
    if len(source_ME) == 0:
        raise InputError(
            "no source token has a vector: the vectors do not belong to the source language, "
            "or the vocabularies share no token"
        )
