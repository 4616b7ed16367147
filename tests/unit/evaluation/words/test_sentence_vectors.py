"""Smooth inverse frequency: the weights, the common component, and a plain computation of both."""

import numpy as np
import pytest

from lingraft.evaluation.words.sentence_vectors import weighted_means, without_common
from lingraft.numeric.arrays import AnyFloats
from lingraft.vectors.phrases import words_as_in
from lingraft.vectors.vectorset import VectorSet

WORDS = [f"w{i}" for i in range(30)]


def space(counts: bool = True, language: str | None = "eng_Latn") -> VectorSet:
    generator = np.random.default_rng(0)
    vectors_WE = generator.normal(size=(30, 6)).astype(np.float32)
    counts_W = np.sort(generator.integers(1, 500, size=30))[::-1].copy() if counts else None
    return VectorSet(WORDS, vectors_WE, counts_W, language=language)


def same(vectors: AnyFloats) -> AnyFloats:
    return vectors


@pytest.mark.parametrize("counts", [True, False])
def test_means_and_components_equal_a_plain_computation(counts: bool) -> None:
    vectors, generator = space(counts), np.random.default_rng(1)
    map_EE = generator.normal(size=(6, 6))
    sentences = [list(generator.choice([*WORDS, "unknown"], size=n)) for n in range(1, 15)]
    found_SE = weighted_means(sentences, vectors, lambda one: one @ map_EE, 1e-2)
    counts_W = vectors.counts_W if vectors.counts_W is not None else 1 / np.arange(1.0, 31)
    expected = []
    for words in sentences:
        known = [WORDS.index(word) for word in words if word != "unknown"]
        terms = [
            1e-2 / (1e-2 + counts_W[i] / counts_W.sum())
            * (vectors.vectors_WE[i].astype(np.float64) @ map_EE)
            for i in known
        ]  # fmt: skip
        expected.append(np.sum(terms, axis=0) / len(known) if known else np.zeros(6))
    np.testing.assert_allclose(found_SE, expected, atol=1e-10)
    first_E = np.linalg.svd(np.array(expected))[2][0]
    plain_SE = np.array(expected) - np.outer(np.array(expected) @ first_E, first_E)
    np.testing.assert_allclose(without_common(found_SE, 1), plain_SE, atol=1e-10)


def test_a_frequent_word_counts_little() -> None:
    vectors = VectorSet(["the", "cat"], np.eye(2, dtype=np.float32), np.array([999, 1]))
    [mean_E] = weighted_means([["the", "cat"]], vectors, same, 1e-3)
    assert mean_E == pytest.approx([0.5 * 1e-3 / (1e-3 + 0.999), 0.5 * 1e-3 / (1e-3 + 0.001)])


def test_no_sentence_keeps_a_part_of_the_common_components() -> None:
    generator = np.random.default_rng(2)
    vectors_SE = generator.normal(size=(40, 8)) + 5
    for components in (1, 3):
        common_CE = np.linalg.svd(vectors_SE)[2][:components]
        left_SE = without_common(vectors_SE, components)
        assert np.abs(left_SE @ common_CE.T).max() < 1e-12
        assert np.linalg.matrix_rank(left_SE) == 8 - components
    assert without_common(vectors_SE, 0) is vectors_SE


def test_sentences_have_the_words_and_terms_of_the_vectors() -> None:
    words = ["new york", "new", "city"]
    vectors = VectorSet(words, np.eye(3, dtype=np.float32), language="eng_Latn", lowercase=True)
    texts = ["New York is a city.\nNew!", "..."]
    words = list(words_as_in(vectors, texts))
    assert words == [["new york", "is", "a", "city", "new"], []]
    assert not weighted_means(words, vectors, same, 1e-3)[1].any()
