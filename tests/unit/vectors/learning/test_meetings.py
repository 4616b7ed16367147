"""Meetings of words, by loops."""

import numpy as np
import pytest

from lingraft.vectors.learning.meetings import Weighting, cooccurrences

DOCUMENTS = [[0, 1, 2, 0, 3], [2, 1], [3], []]


@pytest.mark.parametrize(
    ("weighting", "weights"),
    [("inverse", (1, 1 / 2, 1 / 3)), ("linear", (1, 2 / 3, 1 / 3)), ("flat", (1, 1, 1))],
)
def test_a_meeting_weighs_by_its_distance(weighting: Weighting, weights: tuple[float, ...]) -> None:
    counts_VV, frequency_V = cooccurrences(iter(DOCUMENTS), 5, 3, weighting)
    expected_VV = np.zeros((5, 5))
    for document in DOCUMENTS:
        for i, first in enumerate(document):
            for j, second in enumerate(document):
                if 0 < abs(i - j) <= 3:
                    expected_VV[first, second] += weights[abs(i - j) - 1]
    np.testing.assert_allclose(counts_VV.toarray(), expected_VV)
    assert frequency_V.tolist() == [2, 2, 2, 2, 0]


def test_no_document_has_no_meeting() -> None:
    counts_VV, frequency_V = cooccurrences([], 3, 2)
    assert counts_VV.nnz == 0 and not frequency_V.any()
