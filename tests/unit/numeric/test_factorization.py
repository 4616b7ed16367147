"""Factorization: Eckart-Young, orthonormal coordinates, deterministic signs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import factorization
from lingraft.numeric.factorization import factorize


def matrix(rows, dimensions, seed):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(rows, dimensions)) * np.linspace(3, 0.1, dimensions)


@settings(max_examples=20, derandomize=True)
@given(
    rows=st.integers(20, 200),
    dimensions=st.integers(2, 15),
    share=st.floats(0.1, 1.0),
    seed=st.integers(0, 99),
)
def test_eckart_young(rows, dimensions, share, seed):
    width = max(1, int(dimensions * share))
    given_ND = matrix(rows, dimensions, seed)
    factors = factorize(given_ND, width)
    error = np.linalg.norm(given_ND - factors.coordinates_NR @ factors.primitives_RD) ** 2
    singular = np.linalg.svd(given_ND, compute_uv=False)
    np.testing.assert_allclose(error, (singular[width:] ** 2).sum(), atol=1e-8)
    np.testing.assert_allclose(factors.singular_values_D, singular, atol=1e-6)
    gram = factors.coordinates_NR.T @ factors.coordinates_NR
    np.testing.assert_allclose(gram, np.eye(width), atol=1e-6)


def test_full_width_in_float32_restores_the_matrix():
    given_ND = matrix(500, 30, 0).astype(np.float32)
    factors = factorize(given_ND, 30)
    product = factors.coordinates_NR.astype("f4") @ factors.primitives_RD.astype("f4")
    assert np.linalg.norm(product - given_ND) / np.linalg.norm(given_ND) < 1e-5


def test_float32_costs_no_more_than_a_change_of_the_last_bit():
    generator = np.random.default_rng(5)
    turned_DD = np.linalg.qr(generator.normal(size=(40, 40))).Q
    scales_D = np.geomspace(1, 1e-4, 40)
    given_ND = ((generator.normal(size=(600, 40)) * scales_D) @ turned_DD).astype(np.float32)
    neighbor_ND = np.nextafter(given_ND, generator.choice([-9, 9], given_ND.shape).astype("f4"))
    coordinates_NR = factorize(given_ND, 40).coordinates_NR
    exact_NR = factorize(given_ND.astype(np.float64), 40).coordinates_NR
    changed_NR = factorize(neighbor_ND.astype(np.float64), 40).coordinates_NR
    assert coordinates_NR.dtype == np.float32
    error_R = np.linalg.norm(coordinates_NR - exact_NR, axis=0)
    assert (error_R < 3 * np.linalg.norm(changed_NR - exact_NR, axis=0)).all()


def test_blocks_change_nothing_that_matters(monkeypatch):
    given_ND = matrix(300, 12, 1)
    once = factorize(given_ND, 5)
    monkeypatch.setattr(factorization, "_BLOCK", 37)
    again = factorize(given_ND, 5)
    np.testing.assert_allclose(again.coordinates_NR, once.coordinates_NR, atol=1e-10)


def test_signs_are_fixed():
    given_ND = matrix(100, 6, 2)
    factors, mirrored = factorize(given_ND, 6), factorize(-given_ND, 6)
    largest = np.abs(factors.primitives_RD).argmax(axis=1)
    assert (factors.primitives_RD[np.arange(6), largest] > 0).all()
    np.testing.assert_allclose(mirrored.primitives_RD, factors.primitives_RD, atol=1e-9)


def test_directions_beyond_the_rank_are_zero():
    given_ND = np.outer(np.arange(1.0, 9.0), np.ones(4))
    factors = factorize(given_ND, 3)
    assert not factors.coordinates_NR[:, 1:].any()
    np.testing.assert_allclose(factors.coordinates_NR @ factors.primitives_RD, given_ND, atol=1e-9)


@pytest.mark.parametrize("width", [0, 5])
def test_impossible_width(width):
    with pytest.raises(ValueError, match="between 1 and 4"):
        factorize(np.ones((6, 4)), width)
