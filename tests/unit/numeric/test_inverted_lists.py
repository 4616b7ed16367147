"""Lists of keys: all of them give the exact neighbors, a few of them most."""

import importlib.util
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.errors import ConfigError
from lingraft.numeric.inverted_lists import InvertedLists, list_number
from lingraft.numeric.neighbors import nearest

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="faiss is installed there alone")


def vectors(rows: int, dimensions: int, seed: int) -> np.ndarray:
    """Vectors of different lengths around a few centers."""
    generator = np.random.default_rng(seed)
    centers = generator.normal(size=(12, dimensions))
    drawn = centers[generator.integers(12, size=rows)] + generator.normal(size=(rows, dimensions))
    return (drawn * generator.uniform(0.5, 2, size=(rows, 1))).astype(np.float32)


@only_linux
@settings(max_examples=15, derandomize=True, deadline=None)
@given(
    keys=st.integers(1, 400), dimensions=st.integers(1, 12), k=st.integers(1, 9),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_all_lists_give_the_exact_neighbors(keys: int, dimensions: int, k: int, seed: int) -> None:
    keys_NE, queries_QE = vectors(keys, dimensions, seed), vectors(7, dimensions, seed + 1)
    keys_NE[-1] = keys_NE[0]  # equal scores
    indices, scores = InvertedLists(keys_NE, 10**6).nearest(queries_QE, k)
    expected, best = nearest(queries_QE, keys_NE, k)
    np.testing.assert_array_equal(scores, best)
    np.testing.assert_array_equal(indices, expected)


@only_linux
def test_more_lists_find_more() -> None:
    keys_NE, queries_QE = vectors(8000, 16, 0), vectors(200, 16, 1)
    exact, _ = InvertedLists(keys_NE, None).nearest(queries_QE, 10)
    shares = []
    for probes in (1, 16, 64):
        found, scores = InvertedLists(keys_NE, probes).nearest(queries_QE, 10)
        there = found >= 0
        products = (queries_QE[:, None] * keys_NE[found]).sum(-1)
        np.testing.assert_allclose(scores[there], products[there], rtol=1e-4, atol=1e-4)
        shares.append(np.mean([np.isin(e, f).mean() for e, f in zip(exact, found, strict=True)]))
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.9


@only_linux
def test_lists_with_too_few_keys_say_so() -> None:
    keys_NE = np.vstack([np.zeros((80, 2)), 100 + np.zeros((1, 2))]).astype(np.float32)
    found, scores = InvertedLists(keys_NE, 1).nearest(np.ones((1, 2)), 70)
    missing = found[0] < 0
    assert missing.any()
    assert (scores[0][missing] == -np.inf).all()
    assert found[0, 0] == 80


@pytest.mark.parametrize(("keys", "lists"), [(1, 1), (50, 1), (4000, 102), (1_000_000, 4000)])
def test_a_list_has_keys_enough(keys: int, lists: int) -> None:
    assert list_number(keys) == lists


def test_without_faiss_there_is_an_exact_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    keys_NE = vectors(30, 3, 0)
    assert InvertedLists(keys_NE, None).nearest(keys_NE[:2], 1)[0].shape == (2, 1)
    with pytest.raises(ConfigError, match="probes: an approximate search needs faiss"):
        InvertedLists(keys_NE, 4)
