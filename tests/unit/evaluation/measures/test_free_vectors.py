"""Free vectors on LIMIT: the known numbers, the search, and a solution in closed form."""

import itertools

import numpy as np
import pytest
import torch

from lingraft.evaluation.measures import free_vectors
from lingraft.evaluation.measures.free_vectors import critical_documents, finds_all, separates


def test_the_search_is_exact_for_any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    for largest in range(3, 40):
        tried: list[int] = []

        def solves(documents: int, dimensions: int, seed: int, n: int = largest) -> bool:
            tried.append(documents)  # noqa: B023 - called within the iteration
            return documents <= n

        monkeypatch.setattr(free_vectors, "separates", solves)
        assert critical_documents(4, 0) == largest
        assert len(tried) == len(set(tried)) <= 10


def test_few_dimensions_separate_few_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weller et al.'s program finds the same: 3 in two dimensions, 4 in three, 9 in four."""
    monkeypatch.setattr(free_vectors, "_PATIENCE", 20)
    monkeypatch.setattr(free_vectors, "_LEAST_GAIN", 1e-4)
    assert [separates(n, 2, 0) for n in (3, 4)] == [True, False]
    assert [separates(n, 3, 0) for n in (4, 5)] == [True, False]
    assert [separates(n, 4, 0) for n in (9, 10)] == [True, False]


@pytest.mark.parametrize("count", [5, 12, 46])
def test_the_trigonometric_curve_solves_any_number_in_four_dimensions(count: int) -> None:
    t = 2 * np.pi * np.arange(count) / count
    documents_N4 = np.stack([np.cos(t), np.sin(t), np.cos(2 * t), np.sin(2 * t)], axis=1)
    relevant_Q2 = np.array(list(itertools.combinations(range(count), 2)))
    a, b = t[relevant_Q2].T
    # (1 - cos(x - a)) (1 - cos(x - b)) is zero at the pair and positive elsewhere.
    queries_Q4 = np.stack(
        [np.cos(a) + np.cos(b), np.sin(a) + np.sin(b), -np.cos(a + b) / 2, -np.sin(a + b) / 2],
        axis=1,
    )
    similarity_QN, pairs_Q2 = torch.tensor(queries_Q4 @ documents_N4.T), torch.tensor(relevant_Q2)
    assert finds_all(similarity_QN, pairs_Q2)
    assert not finds_all(-similarity_QN, pairs_Q2)
    similarity_QN[7, pairs_Q2[7, 0]] -= 3  # one document of one query falls behind
    assert not finds_all(similarity_QN, pairs_Q2)
