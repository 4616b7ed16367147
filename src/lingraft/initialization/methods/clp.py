"""CLP-Transfer: what both vocabularies have is copied; the rest is a weighted sum of that overlap.

Ostendorff and Rehm (2023), Efficient Language Model Training through Cross-Lingual and Progressive
Transfer Learning, section 3.1: the weights of a token are its cosines to all overlapping tokens in
a small model of the target language, divided by their sum. Such weights are dense, but a product
of two thin matrices, and kept as that.

Shapes: T target rows, S source rows, E the donor's dimensions, O overlapping tokens, M missing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.config.initialization.donors import Clp
from lingraft.errors import InputError
from lingraft.initialization.evidence.donor import read_donor
from lingraft.initialization.match import shared_tokens
from lingraft.initialization.request import Request
from lingraft.initialization.weights import (
    Layer,
    Provenance,
    Weights,
    combined,
    copies,
    stack,
)
from lingraft.numeric import sparse
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_SMALLEST_SUM = 1e-3  # of mean cosine: below, the weights of a row are noise divided by noise


def clp(request: Request, settings: Clp) -> Weights:
    """Copies of the overlap, and sums of it weighted by cosines in the donor model.

    Raises:
        ConfigError: there is no donor.
        InputError: the vocabularies and the donor share no token or, by default, none but special
            ones, of which rows of words would be made.
    """
    overlap = shared_tokens(request, settings.mode)
    if len(overlap[0]) == 0:
        raise InputError("clp: the source and the target vocabulary share no token")
    donor = read_donor(request, "clp")
    copied = copies(Provenance.EXACT, *overlap, request.columns)
    units_TE = unit_rows(donor.rows_TE.astype(np.float64))
    anchors_O = donor.known_T[overlap[0]]
    words_O = anchors_O & ~request.target.special_T[overlap[0]]
    if not (anchors_O if settings.mode == "reference" else words_O).any():
        raise InputError("clp: source, target and donor share no token but special ones")
    anchors = overlap[0][anchors_O], overlap[1][anchors_O]
    missing_M = np.setdiff1d(np.flatnonzero(donor.known_T), overlap[0])
    if settings.neighbors is not None:
        layer = _nearest(units_TE, missing_M, anchors, settings.neighbors, request.columns)
        return stack([copied, layer], len(request.target), request.columns)
    layer, right_ES = _all(units_TE, missing_M, anchors, request.columns)
    return stack([copied, layer], len(request.target), request.columns, right_ES)


def _all(
    units_TE: Floats, missing_M: Ints, anchors: tuple[Ints, Ints], columns: int
) -> tuple[Layer, Floats]:
    """Cosine over the sum of cosines: left (M, E) @ right (E, S)."""
    right_ES = np.zeros((units_TE.shape[1], columns))
    np.add.at(right_ES.T, anchors[1], units_TE[anchors[0]])
    left_ME = units_TE[missing_M]
    sums_M = left_ME @ units_TE[anchors[0]].sum(axis=0)
    stable_M = np.abs(sums_M) > _SMALLEST_SUM * len(anchors[0])
    left_ME = left_ME[stable_M] / sums_M[stable_M, None]
    no_weights = csr_array((len(left_ME), columns), dtype=np.float64)
    return Layer(Provenance.COMBINED, missing_M[stable_M], no_weights, left_ME), right_ES


def _nearest(
    units_TE: Floats, missing_M: Ints, anchors: tuple[Ints, Ints], neighbors: int, columns: int
) -> Layer:
    indices_MK, cosines_MK = nearest(units_TE[missing_M], units_TE[anchors[0]], neighbors)
    weights_MS = sparse.from_top_k(anchors[1][indices_MK], np.maximum(cosines_MK, 0.0), columns)
    return combined(missing_M, sparse.normalize_rows(weights_MS))
