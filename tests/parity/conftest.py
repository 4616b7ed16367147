"""The tie rule of comparisons with reference implementations.

Where several keys are equally similar at the k-th place, which of them is taken is an accident of
the partial sort. A row that differs passes only if it is *exactly* one of the possible choices.
"""

from itertools import combinations

import numpy as np
import pytest

TOLERANCE = 1e-5
GAP = 1e-6
CHOICES = 20_000


@pytest.fixture
def count_ties():
    return _count_ties


def _count_ties(ours, theirs, cosines, sources, k, temperature):
    """Check that rows of `ours` equal those of `theirs`, or theirs are another choice of ties.

    Args:
        ours, theirs: (T, D).
        cosines: (T, S) similarities of the rows in float64.
        sources: (S, D) rows that are combined.

    Returns:
        How many rows needed the rule.
    """
    different = np.flatnonzero(np.abs(ours - theirs).max(axis=1) > TOLERANCE)
    for row in different:
        assert _is_a_choice(theirs[row], cosines[row], sources, k, temperature), row
    return len(different)


def _is_a_choice(row_D, cosines_S, sources_SD, k, temperature):
    kth = np.sort(cosines_S)[-k]
    sure = np.flatnonzero(cosines_S > kth + GAP)
    tied = np.flatnonzero(np.abs(cosines_S - kth) <= GAP)
    assert len(sure) + len(tied) > k, "no tie at the k-th place"
    for number, chosen in enumerate(combinations(tied, k - len(sure))):
        assert number < CHOICES, "too many choices to try"
        ids = np.concatenate([sure, chosen]).astype(int)
        weights = np.exp((cosines_S[ids] - cosines_S.max()) / temperature)
        if np.abs(weights / weights.sum() @ sources_SD[ids] - row_D).max() <= TOLERANCE:
            return True
    return False
