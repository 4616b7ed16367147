"""tokensurgeon: rebuild a donor's row from the donor's rows of shared tokens, reuse the recipe.

Goddard and Fernandes Neto (2025), Training-Free Tokenizer Transplantation via Orthogonal Matching
Pursuit: what describes a token in the donor's space by shared tokens describes it in the source's
space by the same tokens. The other approximations are those of mergekit's `common_interpolation`
and plain least squares.

Shapes: T target rows, S source rows, E the donor's dimensions, O overlapping tokens, M missing.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.config.initialization.donors import Tokensurgeon
from lingraft.errors import InputError
from lingraft.initialization.evidence.donor import read_donor
from lingraft.initialization.match import role_copies, shared_tokens
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, Weights, combined, copies, stack
from lingraft.numeric import sparse
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.pursuit import orthogonal_matching_pursuit

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_RIDGE = 1e-6  # of the mean eigenvalue: keeps least squares solvable with few anchors


def tokensurgeon(request: Request, settings: Tokensurgeon) -> Weights:
    """Copies of the overlap, and donor rows rebuilt from it.

    Raises:
        ConfigError: there is no donor.
        InputError: the vocabularies and the donor share no token but special ones.
    """
    target_O, source_O = shared_tokens(request)
    donor = read_donor(request, "tokensurgeon")
    anchored_O = donor.known_T[target_O]
    if not (anchored_O & ~request.target.special_T[target_O]).any():
        raise InputError("tokensurgeon: source, target and donor share no token but special ones")
    copied = [copies(Provenance.EXACT, target_O, source_O, request.columns)]
    if settings.mode == "reference":
        copied.insert(0, role_copies(request))
    missing_M = np.setdiff1d(np.flatnonzero(donor.known_T), target_O)
    wanted_ME = donor.rows_TE[missing_M].astype(np.float64)
    anchors_OE = donor.rows_TE[target_O[anchored_O]].astype(np.float64)
    anchor_ids_O = source_O[anchored_O]
    if settings.approximation == "least-squares":
        left_ME, right_ES = _least_squares(wanted_ME, anchors_OE, anchor_ids_O, request.columns)
        nothing = csr_array((len(missing_M), request.columns), dtype=np.float64)
        layer = Layer(Provenance.COMBINED, missing_M, nothing, left_ME)
        return stack([*copied, layer], len(request.target), request.columns, right_ES)
    approximate = _omp if settings.approximation == "omp" else _interpolate
    indices_MK, weights_MK = approximate(wanted_ME, anchors_OE, settings.atoms)
    weights_MS = sparse.from_top_k(anchor_ids_O[indices_MK], weights_MK, request.columns)
    layers = [*copied, combined(missing_M, weights_MS)]
    return stack(layers, len(request.target), request.columns)


def _omp(wanted_ME: Floats, anchors_OE: Floats, atoms: int) -> tuple[Ints, Floats]:
    return orthogonal_matching_pursuit(wanted_ME, anchors_OE, atoms)


def _interpolate(wanted_ME: Floats, anchors_OE: Floats, atoms: int) -> tuple[Ints, Floats]:
    """The nearest anchors by Euclidean distance, weighted by its inverse."""
    # |w - a|^2 = |w|^2 - 2 (w.a - |a|^2 / 2): the largest of the bracket is the nearest.
    half_norms_O1 = -0.5 * (anchors_OE**2).sum(axis=1, keepdims=True)
    ones_M1 = np.ones((len(wanted_ME), 1))
    indices_MK, scores_MK = nearest(
        np.hstack([wanted_ME, ones_M1]), np.hstack([anchors_OE, half_norms_O1]), atoms
    )
    squared_MK = (wanted_ME**2).sum(axis=1, keepdims=True) - 2.0 * scores_MK
    weights_MK = 1.0 / np.sqrt(np.clip(squared_MK, 1e-12, None))
    return indices_MK, weights_MK / weights_MK.sum(axis=1, keepdims=True)


def _least_squares(
    wanted_ME: Floats, anchors_OE: Floats, anchor_ids_O: Ints, columns: int
) -> tuple[Floats, Floats]:
    """The smallest weights with weights @ anchors = wanted: wanted (A^T A)^-1 @ A^T."""
    gram_EE = anchors_OE.T @ anchors_OE
    gram_EE += np.eye(len(gram_EE)) * _RIDGE * np.trace(gram_EE) / len(gram_EE)
    right_ES = np.zeros((anchors_OE.shape[1], columns))
    np.add.at(right_ES.T, anchor_ids_O, anchors_OE)
    return np.asarray(np.linalg.solve(gram_EE, wanted_ME.T).T, np.float64), right_ES
