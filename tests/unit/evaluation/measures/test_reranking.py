"""Candidates and the order they are put in, against slow programs."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.evaluation.measures.reranking import first_relevant_rank, hardest_candidates, ndcg
from lingraft.numeric.arrays import Float64


def gain(relevance: Float64, order: tuple[int, ...], cutoff: int) -> float:
    places = enumerate(order[:cutoff], 1)
    return math.fsum(relevance[i] / math.log2(1 + place) for place, i in places)


@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 1000))
def test_ndcg_equals_a_slow_program(count: int, cutoff: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    relevance, similarity = random.integers(0, 4, count) + 0.0, random.permutation(count) + 0.5
    relevance[0] += 1
    order = tuple(sorted(range(count), key=lambda i: -similarity[i]))
    best = max(gain(relevance, other, cutoff) for other in permutations(range(count)))
    expected = gain(relevance, order, cutoff) / best
    assert ndcg(relevance, similarity, cutoff) == pytest.approx(expected)
    assert ndcg(relevance, relevance, cutoff) == pytest.approx(1)


def test_equal_similarities_share_their_places() -> None:
    relevance = np.array([1.0, 0, 0])
    shared = (1 + 1 / math.log2(3) + 1 / 2) / 3
    assert ndcg(relevance, np.zeros(3), 10) == pytest.approx(shared)


def test_the_first_relevant_document_counts() -> None:
    relevance = np.array([0.0, 1, 2, 0])
    assert first_relevant_rank(relevance, np.array([4.0, 3, 2, 1])) == 2
    assert first_relevant_rank(relevance, np.array([1.0, 0, 3, 2])) == 1
    assert first_relevant_rank(relevance, np.zeros(4)) == 2  # the lower index is first


def test_candidates_are_the_text_and_those_most_like_it_in_an_order_that_says_nothing() -> None:
    similarity = np.array(
        [
            [0.1, 0.9, 0.2, 0.8],  # a text counts even where it is not like itself
            [0.9, 1.0, 0.3, 0.1],
            [0.2, 0.3, 1.0, 0.3],  # among equals the lower index is chosen
            [0.8, 0.1, 0.3, 1.0],
        ]
    )
    assert hardest_candidates(similarity, 2).tolist() == [[0, 1], [0, 1], [1, 2], [0, 3]]
    assert hardest_candidates(similarity, 9).tolist() == [[0, 1, 2, 3]] * 4
    assert similarity[0, 0] == 0.1
