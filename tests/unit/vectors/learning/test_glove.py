"""GloVe: counts by loops, vectors that rebuild the logarithms, determinism."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lingraft.errors import ConfigError
from lingraft.vectors.learning.glove import Glove, glove_gradients, token_vectors
from lingraft.vectors.learning.meetings import cooccurrences

SETTINGS = Glove(
    dimension=8, window=3, iterations=60, weight_ceiling=10, learning_rate=0.05, minimum_count=2
)
TOKENS = list("lkjihgfedcba")
DOCUMENTS = [[0, 1, 2, 0], [2, 1], [3], []]


def test_counts_are_sums_of_inverse_distances_within_documents():
    counts_VV, frequency_V = cooccurrences(iter(DOCUMENTS), 5, window=2)
    expected = np.zeros((5, 5))
    for document in DOCUMENTS:
        for i, first in enumerate(document):
            for j, second in enumerate(document):
                if 0 < abs(i - j) <= 2:
                    expected[first, second] += 1 / abs(i - j)
    np.testing.assert_allclose(counts_VV.toarray(), expected)
    assert frequency_V.tolist() == [2, 2, 2, 1, 0]


def two_topics(seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 5, 20) + 5 * (number % 2) for number in range(200)]


def test_tokens_of_one_topic_are_nearer_than_those_of_another():
    vectors_VE = token_vectors(two_topics(), TOKENS[:10], SETTINGS, seed=0)
    units_VE = vectors_VE / np.linalg.norm(vectors_VE, axis=1, keepdims=True)
    cosines_VV = units_VE @ units_VE.T
    within = cosines_VV[:5, :5].mean() + cosines_VV[5:, 5:].mean()
    assert within / 2 > cosines_VV[:5, 5:].mean() + 0.2


def test_rare_tokens_have_no_vector_and_equal_seeds_give_equal_vectors():
    documents = [*two_topics(), [10, 1, 2]]
    first = token_vectors(documents, TOKENS, SETTINGS, seed=1)
    assert not first[10:].any()
    assert first[:10].any(axis=1).all()
    assert (token_vectors(documents, TOKENS, SETTINGS, seed=1) == first).all()


def test_neither_order_nor_idle_tokens_change_a_vector():
    documents = two_topics()
    plain = token_vectors(documents, TOKENS[:10], SETTINGS, seed=0)
    order = np.random.default_rng(0).permutation(13)
    tokens = [""] * 13
    for old, new in enumerate(order):
        tokens[new] = ([*TOKENS, "0"])[old]
    moved = token_vectors([order[document] for document in documents], tokens, SETTINGS, seed=0)
    np.testing.assert_allclose(moved[order[:10]], plain, atol=1e-5)
    assert not moved[order[10:]].any()


def test_training_that_diverges_is_an_error():
    with pytest.raises(ConfigError, match=r"diverged at learning_rate 1e\+38; lower it"):
        token_vectors(two_topics(), TOKENS, replace(SETTINGS, learning_rate=1e38), seed=0)


def test_gradients_are_those_of_the_cost():
    random = np.random.default_rng(0)
    words_BE, contexts_BE = random.normal(size=(2, 6, 5))
    counts_B = np.array([1.0, 3.0, 0.5, 80.0, 200.0, 100.0])
    weights_B = np.minimum(1.0, (counts_B / 100) ** 0.75)

    def cost(words_BE, contexts_BE):
        total = 0.0
        for word_E, context_E, count in zip(words_BE, contexts_BE, counts_B, strict=True):
            product = sum(a * b for a, b in zip(word_E[:-1], context_E[:-1], strict=True))
            error = product + word_E[-1] + context_E[-1] - np.log(count)
            total += 0.5 * min(1.0, (count / 100) ** 0.75) * error**2
        return total

    arguments = words_BE, contexts_BE, np.log(counts_B), weights_B
    found = glove_gradients(*map(torch.from_numpy, arguments))
    for side, gradient_BE in enumerate(found):
        for place in np.ndindex(6, 5):
            sides = [words_BE.copy(), contexts_BE.copy()], [words_BE.copy(), contexts_BE.copy()]
            sides[0][side][place] += 1e-5
            sides[1][side][place] -= 1e-5
            slope = (cost(*sides[0]) - cost(*sides[1])) / 2e-5
            assert float(gradient_BE[place]) == pytest.approx(slope, abs=1e-7)
