"""Distributions over a vocabulary: by brute force, and they sum to one."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.evaluation.measures import ngrams
from lingraft.evaluation.measures.ngrams import NgramCounts

SIZE = 7
TEXTS = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=8), max_size=6)


def counted(texts: list[list[int]], vocabulary: int = SIZE) -> NgramCounts:
    """Each text is a batch, but the last two are one."""
    ended = [np.array([*text, SIZE], np.uint32) for text in texts]
    together = [np.concatenate(ended[-2:])] if ended else []
    return NgramCounts.of([*ended[:-2], *together], vocabulary, SIZE)


def unigram(texts: list[list[int]], token: int) -> float:
    tokens = Counter(token for text in texts for token in text)
    total, types = sum(tokens.values()), len(tokens)
    return (tokens[token] + types / SIZE) / (total + types) if total else 1 / SIZE


def bigram(texts: list[list[int]], context: int, token: int) -> float:
    pairs = Counter(pair for text in texts for pair in zip([SIZE, *text], text, strict=False))
    after = {w: count for (h, w), count in pairs.items() if h == context}
    total, types, shorter = sum(after.values()), len(after), unigram(texts, token)
    return (after.get(token, 0) + types * shorter) / (total + types) if after else shorter


@given(TEXTS)
def test_probabilities_are_those_of_the_definition_and_sum_to_one(texts: list[list[int]]) -> None:
    counts, ids_S = counted(texts), np.arange(SIZE)
    assert counts.uniform(ids_S).sum() == pytest.approx(1)
    ones_S = counts.unigram(ids_S)
    assert ones_S == pytest.approx([unigram(texts, w) for w in range(SIZE)])
    assert ones_S.sum() == pytest.approx(1)
    for context in range(SIZE + 1):
        twos_S = counts.bigram(ids_S, np.full(SIZE, context))
        assert twos_S == pytest.approx([bigram(texts, context, w) for w in range(SIZE)])
        assert twos_S.sum() == pytest.approx(1)


def test_ids_with_gaps_share_the_mass_of_tokens_that_exist() -> None:
    counts = counted([[0, 2, 2]], vocabulary=4)  # 0, 2, 4 and 6 exist
    assert counts.unigram(np.array([0, 2, 4, 6])).sum() == pytest.approx(1)


def test_counts_are_the_same_in_any_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = np.random.default_rng(0).integers(0, SIZE, (40, 9)).tolist()
    at_once = counted(texts)
    monkeypatch.setattr(ngrams, "_TOGETHER", 5)
    by_parts = counted(texts)
    for name, values in vars(at_once).items():
        np.testing.assert_array_equal(values, getattr(by_parts, name))
