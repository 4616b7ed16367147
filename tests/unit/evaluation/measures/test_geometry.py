"""The geometry of an embedding space: closed forms, slow programs, standard errors."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from lingraft.evaluation.measures.geometry import (
    alignment,
    anisotropy,
    effective_rank,
    occurrences,
    skewness,
    uniformity,
)
from lingraft.numeric.arrays import Float64


def vectors(rows: int, seed: int, width: int = 5) -> Float64:
    return np.random.default_rng(seed).normal(size=(rows, width)) + 0.3


def cosine_of(a: Float64, b: Float64) -> float:
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_one_direction_is_the_most_anisotropic_space() -> None:
    same = np.outer(np.arange(1, 8), [3.0, 4.0, 0.0])
    assert anisotropy(same) == pytest.approx(np.ones(7))
    assert uniformity(same) == pytest.approx(np.zeros(7))
    assert effective_rank(same) == pytest.approx(1)
    assert alignment(same, 2 * same) == pytest.approx(np.zeros(7))
    assert alignment(same, -same) == pytest.approx(np.full(7, 4.0))


def test_orthogonal_directions_fill_their_dimensions() -> None:
    axes = np.diag(np.arange(1.0, 7))
    assert anisotropy(axes) == pytest.approx(np.zeros(6))
    assert uniformity(axes) == pytest.approx(np.full(6, -4.0))  # -2 |x - y|^2, which is 2
    assert effective_rank(axes) == pytest.approx(6)
    assert alignment(axes, np.roll(axes, 1, axis=0)) == pytest.approx(np.full(6, 2.0))


def test_repeated_directions_count_by_the_entropy_of_their_singular_values() -> None:
    counts = np.array([5, 3, 1])
    one_hot = np.repeat(np.eye(3), counts, axis=0)
    shares = np.sqrt(counts) / np.sqrt(counts).sum()
    assert effective_rank(one_hot) == pytest.approx(math.prod(shares**-shares))
    pairs = sum(math.comb(count, 2) for count in counts) / math.comb(9, 2)
    assert anisotropy(one_hot).mean() == pytest.approx(pairs)
    assert uniformity(one_hot).mean() == pytest.approx(math.log(pairs + (1 - pairs) * math.exp(-4)))


@pytest.mark.parametrize("width", [3, 16])
def test_even_directions_have_the_uniformity_of_the_sphere(width: int) -> None:
    even = np.random.default_rng(0).normal(size=(1500, width))
    order = width / 2 - 1
    # The mean of exp(k x y) over a sphere; the kernel is exp(-4) exp(4 x y).
    sphere = special.gamma(width / 2) * (2 / 4.0) ** order * special.iv(order, 4.0)
    assert uniformity(even).mean() == pytest.approx(math.log(sphere) - 4, abs=0.01)
    values = anisotropy(even)
    assert abs(values.mean()) < 4 * max(values.std() / math.sqrt(1500), 1 / 1500)
    assert effective_rank(even) == pytest.approx(width, rel=0.01)


@given(st.integers(3, 20), st.integers(0, 1000))
def test_values_equal_slow_programs(count: int, seed: int) -> None:
    texts, partners = vectors(count, seed), vectors(count, seed + 1)
    pairs = list(combinations(texts, 2))
    cosines = [cosine_of(a, b) for a, b in pairs]
    kernel = [math.exp(-2 * (2 - 2 * cosine)) for cosine in cosines]
    assert anisotropy(texts).mean() == pytest.approx(np.mean(cosines))
    assert uniformity(texts).mean() == pytest.approx(math.log(np.mean(kernel)))
    distances = [2 - 2 * cosine_of(a, b) for a, b in zip(texts, partners, strict=True)]
    assert alignment(texts, partners) == pytest.approx(np.array(distances))


def test_a_value_is_what_the_score_loses_without_the_text() -> None:
    texts = vectors(9, 4)
    without = [anisotropy(np.delete(texts, i, axis=0)).mean() for i in range(9)]
    slow = 9 * anisotropy(texts).mean() - 8 * np.array(without)
    assert anisotropy(texts) == pytest.approx(slow)


def test_the_standard_error_is_that_of_repeated_draws() -> None:
    draws = [vectors(60, seed, width=3) for seed in range(200)]
    for measure in (anisotropy, uniformity):
        values = [measure(draw) for draw in draws]
        errors = [v.std(ddof=1) / math.sqrt(60) for v in values]
        spread = np.std([v.mean() for v in values])
        assert np.mean(errors) == pytest.approx(spread, rel=0.15)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = vectors(23, 1)
    whole = uniformity(texts)
    monkeypatch.setattr("lingraft.evaluation.measures.geometry._BLOCK", 5)
    assert uniformity(texts) == pytest.approx(whole)


def test_texts_without_tokens_are_far_from_everything() -> None:
    texts = np.vstack([np.zeros((1, 3)), np.eye(3)])
    assert anisotropy(texts).mean() == 0
    assert effective_rank(texts) == pytest.approx(3)
    assert uniformity(texts).mean() == pytest.approx(
        math.log((3 * math.exp(-2) + 3 * math.exp(-4)) / 6)
    )
    assert math.isnan(effective_rank(np.zeros((4, 3))))


@given(st.integers(1, 8), st.integers(0, 1000))
def test_occurrences_equal_a_slow_program(neighbors: int, seed: int) -> None:
    queries, keys = vectors(20, seed), vectors(15, seed + 1)
    slow = [0] * 15
    for query in queries:
        nearest = sorted(range(15), key=lambda i: -cosine_of(query, keys[i]))
        for key in nearest[:neighbors]:
            slow[key] += 1
    assert occurrences(queries, keys, neighbors).tolist() == slow
    assert skewness(np.array(slow)) == pytest.approx(stats.skew(slow), abs=1e-12)


def test_one_hub_for_all_and_none() -> None:
    keys = np.eye(8)
    queries = np.ones((8, 8)) + keys[0]
    assert occurrences(queries, keys, 1).tolist() == [8, 0, 0, 0, 0, 0, 0, 0]
    share = 1 / 8  # skewness of a variable that is 8 with this probability, else 0
    expected = (1 - 2 * share) / math.sqrt(share * (1 - share))
    assert skewness(occurrences(queries, keys, 1)) == pytest.approx(expected)
    assert skewness(occurrences(keys, keys, 1)) == 0
