"""Bits that are learned retrieve as well as real vectors, and better than bits drawn at random."""

import numpy as np
import pytest
import torch
from scipy import sparse

from lingraft.corpus.selection.paragraph_vectors import (
    ParagraphRecipe,
    ParagraphVectors,
    straight_through,
)

WORDS, TOPICS = 400, 12


def _planted(count: int, seed: int) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Documents of 20 to 60 words, half of them of the document's topic, the rest by Zipf's law."""
    of_topic = np.random.default_rng(7).permuted(np.tile(np.arange(WORDS), (TOPICS, 1)), axis=1)
    generator = np.random.default_rng(seed)
    common = 1 / np.arange(1, WORDS + 1)
    labels = generator.integers(TOPICS, size=count)
    rows = []
    for label in labels:
        size = generator.integers(20, 60)
        own = generator.choice(of_topic[label, :30], size)
        other = generator.choice(WORDS, size, p=common / common.sum())
        words = np.where(generator.random(size) < 0.5, own, other)
        rows.append(np.bincount(words, minlength=WORDS))
    return sparse.csr_matrix(np.array(rows)), labels


def _mean_average_precision(distances: np.ndarray, queries, labels) -> float:
    found = []
    for row, query in zip(distances, queries, strict=True):
        hits = labels[np.argsort(row, kind="stable")] == query
        precisions = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        found.append(precisions[hits].mean())
    return float(np.mean(found))


def _hamming(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.bitwise_count(one[:, None] ^ other[None]).sum(axis=2)


def _angular(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (one, other)]
    return -unit[0] @ unit[1].T


@pytest.fixture(scope="module")
def documents() -> tuple[sparse.csr_matrix, np.ndarray]:
    return _planted(500, 0)


def _fitted(counts: sparse.csr_matrix, **options: int) -> ParagraphVectors:
    torch.set_num_threads(1)
    frequencies = np.asarray(counts.sum(axis=0)).ravel().astype(np.float32) + 1
    model = ParagraphVectors(ParagraphRecipe(**options), frequencies)
    model.fit(counts)
    return model


@pytest.mark.parametrize("options", [{"dimension": 0, "bits": 32}, {"dimension": 64, "bits": 32}])
def test_codes_of_new_documents_retrieve_as_well_as_real_vectors(documents, options) -> None:
    counts, labels = documents
    new, queries = _planted(100, 1)
    real = _fitted(counts, dimension=64, bits=0)
    vectors = [real.encode(part).vectors_NE for part in (new, counts)]
    real_map = _mean_average_precision(_angular(*vectors), queries, labels)
    planes = np.random.default_rng(0).standard_normal((64, 32))
    random_codes = [np.packbits(part @ planes > 0, axis=1) for part in vectors]
    random_map = _mean_average_precision(_hamming(*random_codes), queries, labels)
    model = _fitted(counts, **options)
    codes = [model.encode(part).codes_NB for part in (new, counts)]
    assert codes[0].shape == (100, 4)
    code_map = _mean_average_precision(_hamming(*codes), queries, labels)
    assert code_map > real_map - 0.05
    assert code_map > random_map + 0.2


def test_a_document_has_the_same_code_whatever_is_beside_it(documents) -> None:
    counts, _ = documents
    model = _fitted(counts, epochs=3)
    whole = model.encode(counts)
    assert np.array_equal(model.encode(counts[:7]).codes_NB, whole.codes_NB[:7])
    again = _fitted(counts, epochs=3).encode(counts)
    assert np.array_equal(again.codes_NB, whole.codes_NB)
    assert np.array_equal(again.vectors_NE, whole.vectors_NE)
    assert model.encode(counts[:0]).codes_NB.shape == (0, 4)


def test_rounding_passes_the_sigmoids_gradient() -> None:
    logits = torch.tensor([[-2.0, 0.3, 4.0]], requires_grad=True)
    bits = straight_through(logits)
    assert bits.tolist() == [[0, 1, 1]]
    bits.sum().backward()
    soft = torch.sigmoid(logits.detach())
    torch.testing.assert_close(logits.grad, soft * (1 - soft))


def test_the_loss_is_that_of_a_softmax_over_all_words() -> None:
    counts = sparse.csr_matrix(np.array([[2, 0, 1], [0, 4, 0]]))
    model = ParagraphVectors(ParagraphRecipe(dimension=2, bits=0), np.ones(3, np.float32))
    given = torch.tensor([[0.5, -1.0], [2.0, 0.0]])
    scores = (given @ model.outputs[0] + model.bias_W).detach().numpy().astype(np.float64)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = [-(2 * logs[0, 0] + logs[0, 2]) / 3 + 1.25 / 6, -logs[1, 1] + 4 / 8]
    loss = model.loss(given, torch.tensor(counts.toarray(), dtype=torch.float32))
    assert loss.item() == pytest.approx(np.mean(expected), rel=1e-6)
