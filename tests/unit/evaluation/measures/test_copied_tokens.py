"""The copied-token baseline."""

import numpy as np

from lingraft.evaluation.measures.copied_tokens import ngram_similarity


def test_equal_texts_are_equal_and_disjoint_ones_are_not() -> None:
    similarity_QK = ngram_similarity(["Open Chromium", "abc"], ["Chromium öffnen", "ABC", "xyz"])
    assert similarity_QK.shape == (2, 3)
    assert np.isclose(similarity_QK[1, 1], 1)  # case is folded
    assert similarity_QK[0, 0] > 0.3
    assert similarity_QK[0, 2] == similarity_QK[1, 2] == 0


def test_it_is_the_cosine_of_trigram_counts() -> None:
    # " ab ", n = 3: " ab", "ab "; " abab ": " ab", "aba", "bab", "ab "
    assert np.isclose(ngram_similarity(["ab"], ["abab"])[0, 0], 2 / np.sqrt(2 * 4))


def test_empty_texts_are_similar_to_nothing() -> None:
    assert ngram_similarity(["", "a"], ["", "b"]).tolist() == [[0, 0], [0, 0]]
    assert ngram_similarity([""], [""]).shape == (1, 1)
