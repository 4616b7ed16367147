"""PPMI-SVD equals the dense computation, entry by entry."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.vectors.learning.ppmi import positive_information, weighted_directions


def counts(words: int = 30, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    half = np.triu(generator.poisson(1.5, (words, words)))
    return (half + half.T).astype(np.float64)


@pytest.mark.parametrize(("smoothing", "shift"), [(1.0, 1.0), (0.75, 1.0), (0.75, 5.0)])
def test_information_is_that_of_loops(smoothing: float, shift: float) -> None:
    counts_VV = counts()
    found_VV = positive_information(csr_array(counts_VV), smoothing, shift).toarray()
    total = counts_VV.sum()
    weights_V = counts_VV.sum(axis=0) ** smoothing
    for word in range(30):
        for context in range(30):
            joint = counts_VV[word, context] / total
            independent = counts_VV[word].sum() / total * weights_V[context] / weights_V.sum()
            with np.errstate(divide="ignore"):
                expected = max(np.log(joint / independent) - np.log(shift), 0.0)
            assert found_VV[word, context] == pytest.approx(expected, abs=1e-12)


def test_nothing_that_is_zero_is_stored() -> None:
    found_VV = positive_information(csr_array(counts()), 0.75, 5.0)
    assert found_VV.nnz == np.count_nonzero(found_VV.toarray())


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_vectors_are_those_of_a_dense_decomposition(power: float) -> None:
    matrix_VV = positive_information(csr_array(counts()), 0.75, 1.0)
    vectors_VE = weighted_directions(matrix_VV, 8, power)
    left_VV, values_V, _ = np.linalg.svd(matrix_VV.toarray())
    expected_VE = left_VV[:, :8] * values_V[:8] ** power
    for found_V, expected_V in zip(vectors_VE.T, expected_VE.T, strict=True):
        assert found_V[np.abs(found_V).argmax()] > 0  # the sign is fixed
        assert min(np.abs(found_V - expected_V).max(), np.abs(found_V + expected_V).max()) < 1e-10
    np.testing.assert_array_equal(vectors_VE, weighted_directions(matrix_VV, 8, power))


def test_more_dimensions_than_words_are_refused() -> None:
    with pytest.raises(InputError, match="30 words cannot have vectors of dimension 30; lower"):
        weighted_directions(csr_array(counts()), 30, 0.5)
