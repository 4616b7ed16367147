"""RAMEN from parallel text and from word vectors, with its bias."""

import numpy as np
import pytest
from small_world import DIMENSIONS, row, small_request, write_parallel

from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.ramen import Ramen
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.vectorset import VectorSet

PAIRS = [("house", "nyumba"), ("tree", "mti"), ("red house", "nyumba nyekundu")] * 4
SOURCE = {"house": [1, 0, 0], "tree": [0, 1, 0], "household": [0, 0, 1]}
TARGET = {"nyumba": [0.9, 0.1, 0], "mti": [0.5, 0.6, 0], "nyekundu": [0, 0, -1]}


def vectors(words):
    return VectorSet(list(words), np.array(list(words.values()), np.float32))


def test_rows_and_bias_share_translation_probabilities(tmp_path):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    bias_S = np.arange(request.columns, dtype=np.float32)
    object.__setattr__(request, "bias_S", bias_S)
    result = initialize(request, Ramen())
    weights_T = result.weights.matrix_TS[[request.target.ids["▁nyumba"]]].toarray()[0]
    assert weights_T[request.source.ids["house"]] > 0.9
    index = request.target.ids["▁nyumba"]
    np.testing.assert_allclose(result.bias_T[index], weights_T @ bias_S, rtol=1e-6)
    np.testing.assert_allclose(
        result.embeddings_TD[index], weights_T @ request.embeddings_SD, atol=1e-6
    )
    opening = request.target.ids["<s>"], request.source.ids["[CLS]"]
    assert result.bias_T[opening[0]] == bias_S[opening[1]]


def sparsemax(scores):
    """Bisection on the threshold, unlike the closed form of the library."""
    low, high = scores.max() - 1, scores.max()
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if np.maximum(scores - middle, 0).sum() > 1 else (low, middle)
    return np.maximum(scores - low, 0)


def test_vectors_give_the_sparsemax_of_cosines_of_rank_weighted_means():
    identity = Alignment(np.eye(3), np.eye(3), np.zeros(3), np.zeros(3))
    request = small_request(
        source_vectors=vectors(SOURCE), target_vectors=[vectors(TARGET)], alignments=[identity]
    )
    weights = Ramen(evidence="vectors").weights(request)
    # Ranks of the words are 1, 2, 3; "household" is tokenized house + ##hold.
    house = (np.array([1, 0, 0]) + np.array([0, 0, 1]) / 3) / (1 + 1 / 3)
    tokens = {"house": house, "tree": np.array([0, 1, 0]), "##hold": np.array([0, 0, 1])}
    unit = {token: vector / np.linalg.norm(vector) for token, vector in tokens.items()}
    for token, word in (("▁nyumba", "nyumba"), ("▁mti", "mti")):
        wanted = np.array(TARGET[word]) / np.linalg.norm(TARGET[word])
        expected = sparsemax(np.array([unit[other] @ wanted for other in tokens]))
        found = row(weights, request, token)
        for other, weight in zip(tokens, expected, strict=True):
            assert found.get(other, 0) == pytest.approx(weight, abs=1e-5)


def test_reference_mode_copies_special_ids_and_fills_narrowly(tmp_path):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    result = initialize(request, Ramen(mode="reference"))
    for index in np.flatnonzero(request.target.special_T):
        assert (result.embeddings_TD[index] == request.embeddings_SD[index]).all()
    again = initialize(request, Ramen(mode="reference"))
    filled = request.target.ids["zz"]
    assert (again.embeddings_TD[filled] == result.embeddings_TD[filled]).all()
    assert np.abs(result.embeddings_TD[filled]).max() < 5 / np.sqrt(DIMENSIONS)
