"""softmax and sparsemax: on the simplex, stable, with the right limits; sparsemax of products."""

import entmax
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.numeric import sparsemax as products
from lingraft.numeric.rows import norms, unit_rows
from lingraft.numeric.simplex import softmax, sparsemax
from lingraft.numeric.sparsemax import sparsemax_products

SCORES = st.tuples(st.integers(1, 8), st.integers(1, 30), st.integers(0, 999))


def scores_of(spec):
    rows, columns, seed = spec
    return np.random.default_rng(seed).normal(size=(rows, columns))


@settings(max_examples=30, derandomize=True)
@given(spec=SCORES, temperature=st.sampled_from([1e-300, 1e-4, 0.1, 1.0, 1e6]))
def test_softmax_is_on_the_simplex_at_any_temperature(spec, temperature):
    weights = softmax(scores_of(spec), temperature)
    assert np.isfinite(weights).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_limits_of_softmax():
    scores = scores_of((5, 9, 0))
    cold, hot = softmax(scores, 1e-9), softmax(scores, 1e9)
    np.testing.assert_array_equal(cold.argmax(axis=1), scores.argmax(axis=1))
    np.testing.assert_allclose(cold.max(axis=1), 1.0)
    np.testing.assert_allclose(hot, 1 / 9, atol=1e-8)
    with pytest.raises(ValueError, match="positive"):
        softmax(scores, 0.0)


@settings(max_examples=30, derandomize=True)
@given(spec=SCORES, shift=st.floats(-50, 50))
def test_sparsemax_equals_entmax_and_ignores_shifts(spec, shift):
    scores = scores_of(spec)
    expected = entmax.sparsemax(torch.from_numpy(scores), dim=1).numpy()
    np.testing.assert_allclose(sparsemax(scores), expected, atol=1e-12)
    np.testing.assert_allclose(sparsemax(scores + shift), expected, atol=1e-9)


@pytest.mark.parametrize("scale", [1e9, 1e17, 1e300])
def test_sparsemax_of_large_scores_is_finite(scale):
    scores = np.array([[3.0, 1.0, 3.0], [-2.0, -1.0, -3.0]]) * scale
    expected = [[0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
    np.testing.assert_array_equal(sparsemax(scores), expected)
    if scale < 1e30:  # products are short-listed in single precision
        np.testing.assert_array_equal(sparsemax_products(scores, np.eye(3)).toarray(), expected)


@pytest.mark.parametrize("first", [2, 16, 128])
def test_sparsemax_of_products_is_exact_however_wide_its_support(monkeypatch, first):
    monkeypatch.setattr(products, "_FIRST", first)
    generator = np.random.default_rng(0)
    queries = unit_rows(generator.normal(size=(40, 6)))
    keys = unit_rows(generator.normal(size=(300, 6)))
    weights = sparsemax_products(queries, keys)
    np.testing.assert_allclose(weights.toarray(), sparsemax(queries @ keys.T), atol=1e-12)
    assert sparsemax_products(queries[:0], keys).shape == (0, 300)


def test_unit_rows_leave_zeros_and_dtype():
    rows = np.array([[3, 4], [0, 0]], np.float32)
    assert unit_rows(rows).dtype == np.float32
    np.testing.assert_allclose(unit_rows(rows), [[0.6, 0.8], [0, 0]], atol=1e-7)
    np.testing.assert_allclose(norms(rows), [5, 0])
