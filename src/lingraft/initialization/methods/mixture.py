"""mixture: each row is the mean of what several methods say of it, by the evidence they have.

lingraft's own method; it needs W as an object. With W_i the weights of method i and n_i(t) the
number of observations behind its row t (aligned tokens where the method counted some, a fixed
number of pseudo-observations where it did not, zero where it has no row),

    W(t) = sum_i n_i(t) W_i(t) / sum_i n_i(t)

which is the posterior mean of the row when the methods without counts serve as the prior. The
ablation behind the defaults is in docs/methods.md.

Shapes: T target tokens, S source rows, R rank of dense weights.
"""

import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.config.initialization.mixture import Component, Mixture
from lingraft.errors import ConfigError
from lingraft.initialization.request import Request
from lingraft.initialization.weights import LowRank, Provenance, Weights
from lingraft.numeric import sparse

logger = logging.getLogger(__name__)
Floats = NDArray[np.float64]


def mixture(request: Request, settings: Mixture) -> Weights:
    """The mixture of the components' weights, row by row.

    Raises:
        ConfigError: a component that is asked for lacks its evidence, or, with the default
            components, all of them do.
    """
    parts = _parts(request, settings)
    if settings.combine == "trust":
        strengths = _first_only([_covered(weights) for weights, _ in parts])
    else:
        strengths = [_observations(weights, component) for weights, component in parts]
    total_T = np.sum(strengths, axis=0)
    shares = [strength_T / np.where(total_T > 0, total_T, 1.0) for strength_T in strengths]
    matrices = [
        sparse.scale_rows(weights.matrix_TS, share_T)
        for (weights, _), share_T in zip(parts, shares, strict=True)
    ]
    matrix_TS = csr_array(sum(matrices[1:], matrices[0]))
    return Weights(
        sparse.canonical(matrix_TS),
        _provenance([weights for weights, _ in parts], shares),
        _dense([weights.dense for weights, _ in parts], shares),
    )


def _parts(request: Request, settings: Mixture) -> list[tuple[Weights, Component]]:
    """Each component's weights; components of the default that lack their evidence are left out."""
    from lingraft.initialization.methods import METHODS  # of which this is one

    parts, missing = [], []
    for component in settings.components:
        try:
            parts.append((METHODS[component.part.method](request, component.part), component))
        except ConfigError as error:
            if "components" in settings.model_fields_set:
                raise
            missing.append(str(error))
            logger.info("mixture goes without a component: %s", error)
    if not parts:
        raise ConfigError(f"mixture has evidence for none of its components: {'; '.join(missing)}")
    return parts


def _observations(weights: Weights, component: Component) -> Floats:
    """Observations behind each row (T,); zero where the component leaves the row to fill.

    A row of a counting method without counts of its own (found by smoothing) is worth what a row
    of a method is that does not count.
    """
    observed_T = np.full(len(weights.provenance_T), component.observations)
    if weights.observations_T is not None:
        observed_T = np.where(weights.observations_T > 0, weights.observations_T, observed_T)
    return np.where(_covered(weights), observed_T, 0.0)


def _covered(weights: Weights) -> NDArray[np.bool_]:
    """True for rows that the component does not leave to fill (T,)."""
    return weights.provenance_T < Provenance.FILL


def _first_only(covered: Sequence[NDArray[np.bool_]]) -> list[Floats]:
    """One where a component is the first to have a row, zero elsewhere."""
    taken_T = np.zeros(len(covered[0]), bool)
    chosen = []
    for covered_T in covered:
        chosen.append(np.where(covered_T & ~taken_T, 1.0, 0.0))
        taken_T |= covered_T
    return chosen


def _provenance(parts: Sequence[Weights], shares: Sequence[Floats]) -> NDArray[np.uint8]:
    """A row that comes from one component alone keeps its provenance, other rows are combined."""
    provenance_T = np.full(len(shares[0]), Provenance.FILL, np.uint8)
    for weights, share_T in zip(parts, shares, strict=True):
        provenance_T[share_T > 0] = Provenance.COMBINED
        provenance_T[share_T == 1] = weights.provenance_T[share_T == 1]
    return provenance_T


def _dense(parts: Sequence[LowRank | None], shares: Sequence[Floats]) -> LowRank | None:
    """The sum of dense weights, side by side: its rank is the sum of their ranks."""
    scaled = [
        (part.left_TR * share_T[:, None], part.right_RS)
        for part, share_T in zip(parts, shares, strict=True)
        if part is not None
    ]
    if not scaled:
        return None
    lefts, rights = zip(*scaled, strict=True)
    return LowRank(np.hstack(lefts), np.vstack(rights))
