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


def test_float32_costs_no_more_than_rounding_of_products_may():
    """The bound of any order of summation (Higham 2002, equation 3.5): |error| <= g |A| |B|.

    Each entry of the matrix, each entry of the directions and each of D additions rounds once, so
    g is (D + 2) u: what a change of the last bit of every factor and partial sum can cost.
    """
    generator = np.random.default_rng(5)
    turned_DD = np.linalg.qr(generator.normal(size=(40, 40))).Q
    scales_D = np.geomspace(1, 1e-4, 40)
    given_ND = ((generator.normal(size=(600, 40)) * scales_D) @ turned_DD).astype(np.float32)
    factors = factorize(given_ND, 40)
    exact = factorize(given_ND.astype(np.float64), 40)
    assert factors.coordinates_NR.dtype == np.float32
    directions_DR = exact.primitives_RD.T / exact.singular_values_D**2
    unit = np.finfo(np.float32).eps / 2
    bound_NR = (40 + 2) * unit * (np.abs(given_ND.astype(np.float64)) @ np.abs(directions_DR))
    assert (np.abs(factors.coordinates_NR - exact.coordinates_NR) <= bound_NR).all()
    # The bound is of use: the matrix's own rounding moves the coordinates as far.
    assert (np.median(bound_NR, axis=0) < 1e-2 / np.sqrt(600) * scales_D[0] / scales_D).all()


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
