"""Sums that no kernel decides: exact in any order, so equal in any shape."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric.exact import add_products, split_for_sums


def sums(weights_BN, values_NM):
    parts = split_for_sums(values_NM, int(weights_BN.sum(axis=1).max()))
    return add_products(weights_BN, parts)


def values(seed, rows, columns):
    generator = np.random.default_rng(seed)
    scales_NM = np.exp(generator.normal(size=(rows, columns)) * 6)
    return generator.normal(size=(rows, columns)) * scales_NM


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 9))
def test_the_sum_is_the_true_one_rounded_once(seed, rows, columns):
    given_NM = values(seed, rows, columns)
    weights_BN = np.random.default_rng(seed).multinomial(rows, [1 / rows] * rows, 3).astype(float)
    found_BM = sums(weights_BN, given_NM)
    for b in range(3):
        for m in range(columns):
            pairs = zip(weights_BN[b], given_NM[:, m], strict=True)
            truth = sum(Fraction(w) * Fraction(v) for w, v in pairs)
            largest = Fraction(float(np.abs(given_NM[:, m]).max()))
            # One rounding of the result; what the two parts leave out of single numbers.
            bound = abs(truth) * Fraction(2) ** -53 + rows * largest * Fraction(2) ** -54
            assert abs(Fraction(float(found_BM[b, m])) - truth) <= bound


@pytest.mark.parametrize("rows", [1, 2, 7, 50, 1000])
def test_any_order_shape_and_company_give_the_same_bits(rows):
    given_NM = values(rows, rows, 11)
    generator = np.random.default_rng(rows)
    weights_BN = generator.multinomial(rows, [1 / rows] * rows, 40).astype(float)
    together_BM = sums(weights_BN, given_NM)
    order_N = generator.permutation(rows)
    np.testing.assert_array_equal(sums(weights_BN[:, order_N], given_NM[order_N]), together_BM)
    for m in range(11):
        np.testing.assert_array_equal(sums(weights_BN, given_NM[:, [m]])[:, 0], together_BM[:, m])
    parts = split_for_sums(given_NM, rows)
    one_by_one = [add_products(weights_BN[[b]], parts)[0] for b in range(40)]
    np.testing.assert_array_equal(one_by_one, together_BM)


@pytest.mark.parametrize("scale", [0.0, 1e-300, 1.0, 1e280])
def test_any_scale(scale):
    given_NM = np.array([[1.0, -2.5], [0.1, 3.0]]) * scale
    np.testing.assert_array_equal(sums(np.ones((1, 2)), given_NM)[0], given_NM[0] + given_NM[1])


def test_weights_beyond_what_two_parts_carry_are_refused():
    with pytest.raises(ValueError, match="more than 2\\^26"):
        split_for_sums(np.ones((2, 1)), 2**27)
