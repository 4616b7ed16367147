"""Relative vectors: tokens of two vocabularies made comparable by their cosines to shared tokens.

The shared tokens (pivots) have a vector in each vocabulary's own space; a token's cosines to them
mean the same in both.

Shapes: V tokens of a vocabulary, E dimensions, O shared tokens, P pivots, N target tokens, M source
tokens.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.rows import unit_rows


def relative(vectors_VE: Float64, pivots_P: Int64, *, of_unit_length: bool = True) -> Float64:
    """Cosines of each token to the pivots (V, P), as unit rows; zero where there is no vector.

    Args:
        vectors_VE: a vector for each token.
        pivots_P: ids of the pivots in this vocabulary.
        of_unit_length: False leaves the rows as they are, as the authors' code does: tokens that
            are near to many pivots then have long rows and win the product with any other row.
    """
    units_VE = unit_rows(vectors_VE)
    # Products of unit rows are cosines.
    cosines_VP = units_VE @ units_VE[pivots_P].T
    return np.asarray(unit_rows(cosines_VP) if of_unit_length else cosines_VP)


def draw_pivots(
    tokens_O: Sequence[str], usable_O: NDArray[np.bool_], count: int, seed: int
) -> Int64:
    """Positions (P,) of pivots among shared tokens.

    Args:
        tokens_O: the strings of the shared tokens; neither their order nor their ids matter.
        usable_O: which of them may be drawn.
        count: how many; all that may be drawn where there are fewer.
        seed: of the choice.
    """
    ordered = sorted(np.flatnonzero(usable_O).tolist(), key=lambda position: tokens_O[position])
    random = np.random.default_rng(seed)
    count = min(count, len(ordered))
    return np.array(ordered, np.int64)[random.choice(len(ordered), count, replace=False)]
