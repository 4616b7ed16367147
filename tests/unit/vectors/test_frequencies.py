import numpy as np
import pytest

from lingraft.vectors.frequencies import word_frequencies, word_probabilities
from lingraft.vectors.vectorset import VectorSet

VECTORS = np.ones((3, 2), np.float32)


@pytest.mark.parametrize("counts", [None, np.zeros(3, np.int64)])
def test_probabilities_without_counts_follow_zipf(counts: np.ndarray | None) -> None:
    """Files of others may have a zero for each word."""
    vectors = VectorSet(["a", "b", "c"], VECTORS, counts)
    np.testing.assert_allclose(word_frequencies(vectors), [1, 1 / 2, 1 / 3])
    np.testing.assert_allclose(word_probabilities(vectors), np.array([6, 3, 2]) / 11)


def test_probabilities_are_shares_of_the_counts() -> None:
    vectors = VectorSet(["a", "b", "c"], VECTORS, np.array([5, 4, 1]))
    np.testing.assert_allclose(word_probabilities(vectors), [0.5, 0.4, 0.1])
