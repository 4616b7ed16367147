"""From similarity in an auxiliary space to weights: by softmax, by sparsemax, or as shares.

Shapes: N target tokens to initialize, M source tokens to combine, S source rows, T target rows,
E dimensions, K neighbors.
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.initialization.evidence.auxiliary import known
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, combined
from lingraft.numeric import sparse
from lingraft.numeric.arrays import Float64, Int64, Numbers
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows
from lingraft.numeric.simplex import softmax
from lingraft.numeric.sparsemax import sparsemax_products

_SMALLEST_SUM = 1e-3  # of mean cosine: below, the weights of a row are noise divided by noise


def combine_nearest(
    request: Request,
    source_SE: Numbers,
    target_TE: Numbers,
    *,
    neighbors: int,
    temperature: float,
    among_all: bool = False,
    beside: Sequence[Layer] = (),
) -> Layer:
    """Each target token that has a vector, from the nearest source tokens (`softmax_of_nearest`).

    Args:
        request: the two vocabularies.
        source_SE: a vector for each source token, zero where there is none.
        target_TE: a vector for each target token in the same space, likewise.
        neighbors: source tokens for a target token.
        temperature: of the softmax.
        among_all: combine source tokens without a vector too, at similarity zero.
        beside: layers whose target rows are left out.

    Raises:
        InputError: no source token has a vector, or the dimensions differ.
    """
    targets = np.flatnonzero(known(target_TE))
    for layer in beside:
        targets = np.setdiff1d(targets, layer.rows_N)
    sources = request.candidate_ids
    if not among_all:
        # A mask over all source tokens, read at the candidates.
        sources = sources[known(source_SE)[sources]]
    return softmax_of_nearest(
        targets,
        target_TE[targets],
        sources,
        source_SE[sources],
        request.columns,
        neighbors=neighbors,
        temperature=temperature,
    )


def softmax_of_nearest(
    targets_N: Int64,
    target_NE: Numbers,
    sources_M: Int64,
    source_ME: Numbers,
    columns: int,
    *,
    neighbors: int,
    temperature: float,
) -> Layer:
    """Each target row from its nearest source tokens: softmax of their cosines / temperature.

    WECHSEL, equation 2; OFA, equation 3.

    Args:
        targets_N: target rows.
        target_NE: their vectors.
        sources_M: source rows.
        source_ME: their vectors.
        columns: number of source rows altogether (S).
        neighbors: source tokens for a target token (K).
        temperature: of the softmax.

    Raises:
        InputError: there is no source token, or the dimensions differ.
    """
    _require_space(target_NE, source_ME)
    picks_NK, cosines_NK = nearest(unit_rows(target_NE), unit_rows(source_ME), neighbors)
    # `picks_NK` are places in `sources_M`; indexing with them gives source ids (N, K).
    weights_NK = softmax(cosines_NK, temperature)
    return combined(targets_N, sparse.from_top_k(sources_M[picks_NK], weights_NK, columns))


def sparsemax_of_all(
    targets_N: Int64,
    target_NE: Numbers,
    sources_M: Int64,
    source_ME: Numbers,
    columns: int,
) -> Layer:
    """Each target row from all source tokens: sparsemax of their cosines (FOCUS, equation 2).

    Arguments and errors are those of `softmax_of_nearest`.
    """
    _require_space(target_NE, source_ME)
    weights_NM = sparsemax_products(unit_rows(target_NE), unit_rows(source_ME))
    # A column of sparsemax is a place in `sources_M`, and a column of W is a source id.
    return combined(targets_N, sparse.relabel_columns(weights_NM, sources_M, columns))


def share_of_all(
    rows_N: Int64, target_NE: Float64, sources_M: Int64, source_ME: Float64, columns: int
) -> tuple[Layer, Float64]:
    """Each target row from all source tokens: its cosine over the sum of its cosines.

    Such weights are dense, but a product of two thin matrices, and kept as that. Rows whose cosines
    cancel each other are left out.

    Args:
        rows_N: target rows.
        target_NE: their vectors, of unit length.
        sources_M: source rows.
        source_ME: their vectors, of unit length.
        columns: number of source rows altogether (S).

    Returns:
        The layer with its left factor (N, E), and the right factor (E, S).
    """
    right_ES = np.zeros((source_ME.shape[1], columns))
    # `right_ES.T` is a view. `np.add.at` also adds where a source row occurs twice; `+=` would keep
    # one of the two.
    np.add.at(right_ES.T, sources_M, source_ME)
    # The sum of a row's cosines is its product with the sum of the source vectors: no (N, M)
    # matrix.
    sums_N = target_NE @ source_ME.sum(axis=0)
    stable_N = np.abs(sums_N) > _SMALLEST_SUM * len(sources_M)
    left_NE = target_NE[stable_N] / sums_N[stable_N, None]
    # The sparse part of these rows is empty; `stack` expects one.
    nothing = csr_array((len(left_NE), columns), dtype=np.float64)
    return Layer(Provenance.COMBINED, rows_N[stable_N], nothing, left_NE), right_ES


def share_of_nearest(
    rows_N: Int64,
    target_NE: Float64,
    sources_M: Int64,
    source_ME: Float64,
    columns: int,
    *,
    neighbors: int,
) -> Layer:
    """As `share_of_all`, from the nearest source tokens with their positive cosines.

    Args:
        rows_N: target rows.
        target_NE: their vectors, of unit length.
        sources_M: source rows.
        source_ME: their vectors, of unit length.
        columns: number of source rows altogether (S).
        neighbors: source tokens for a target token.
    """
    picks_NK, cosines_NK = nearest(target_NE, source_ME, neighbors)
    weights_NS = sparse.from_top_k(sources_M[picks_NK], np.maximum(cosines_NK, 0.0), columns)
    return combined(rows_N, sparse.normalize_rows(weights_NS))


def _require_space(target_NE: Numbers, source_ME: Numbers) -> None:
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
