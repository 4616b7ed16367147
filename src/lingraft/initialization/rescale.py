"""Row norms of combined rows: an average of many rows is shorter than each of them, and so is the
row that a generator is the least wrong with.

Shapes: T target rows, S source rows, D dimensions, C combined rows.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lingraft.initialization.policies import Rescaling
from lingraft.initialization.weights import Provenance, Weights
from lingraft.numeric.rows import norms


def rescale(
    rows_TD: NDArray[Any],
    weights: Weights,
    source_SD: NDArray[Any],
    how: Rescaling,
    candidates: NDArray[np.int64],
) -> None:
    """Scale combined and generated rows in place to the norm that `how` asks for; copies stay.

    Args:
        rows_TD: the target's rows, to be changed.
        weights: W, which says which rows are combined and from what.
        source_SD: the source's rows.
        how: `mean`: the mean norm of the source's tokens; `neighbors`: the mean norm of the source
            rows that a row is made of, by their absolute weights (dense weights count as `mean`).
        candidates: source rows that belong to a token.
    """
    combined_C = weights.rows(Provenance.COMBINED, Provenance.GENERATED)
    if how == "none" or len(combined_C) == 0:
        return
    norms_S = norms(source_SD)
    wanted_C = np.full(len(combined_C), norms_S[candidates].mean())
    if how == "neighbors":
        absolute_CS = abs(csr_array(weights.matrix_TS[combined_C]))
        totals_C = np.asarray(absolute_CS.sum(axis=1)).ravel()
        known_C = totals_C > 0
        wanted_C[known_C] = (absolute_CS @ norms_S)[known_C] / totals_C[known_C]
    norms_C = norms(rows_TD[combined_C])
    # The inner `where` avoids a division by zero, the outer one leaves rows of zeros as they are.
    factors_C = np.where(norms_C > 0, wanted_C / np.where(norms_C > 0, norms_C, 1.0), 1.0)
    rows_TD[combined_C] *= factors_C[:, None].astype(rows_TD.dtype)
