"""Cosines and ranks."""

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from lingraft.evaluation.measures.ranks import cosine, gold_ranks


def vectors(rows: int, seed: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(rows, 5)).astype(np.float32)


@given(st.integers(1, 30), st.integers(0, 1000))
def test_ranks_equal_brute_force_cosine(count: int, seed: int) -> None:
    queries, keys = vectors(count, seed), vectors(count, seed + 1)
    ranks = gold_ranks(cosine(queries, keys))
    for i, query in enumerate(queries):
        cosines = [q @ query / np.linalg.norm(q) / np.linalg.norm(query) for q in keys]
        assert ranks[i] == 1 + sum(c > cosines[i] + 1e-6 for c in cosines)


def test_among_equals_the_first_comes_first() -> None:
    similarity = np.array([[1, 1, 0], [1, 1, 1], [0.5, 0.5, 0.5]], dtype=np.float32)
    assert gold_ranks(similarity).tolist() == [1, 2, 3]
