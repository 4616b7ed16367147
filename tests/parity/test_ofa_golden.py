"""OFA against fixtures: outputs of the authors' own functions on small tokenizers and vectors."""

from pathlib import Path

import numpy as np
import pytest
from transformers import PreTrainedTokenizerFast

from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.ofa import Ofa, select_words, token_vectors
from lingraft.initialization.request import Evidence, Request
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable
from lingraft.vectors.vectorset import VectorSet

GOLDEN = Path(__file__).parent.parent / "golden"
CASES = ["ofa-bpe-to-unigram", "ofa-unigram-to-bpe"]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    folder = GOLDEN / request.param
    expected = np.load(folder / "expected.npz", allow_pickle=False)
    tables = [
        TokenTable(PreTrainedTokenizerFast.from_pretrained(folder / f"{side}_tokenizer"))
        for side in ("source", "target")
    ]
    evidence = Evidence(multilingual_vectors=VectorSet.load(folder / "vectors.vec"))
    embeddings_SD = expected["source_embeddings"].astype(np.float64)
    return Request(*tables, embeddings_SD, evidence=evidence), expected


def settings(**options):
    return Ofa(mode="reference", **options)


@pytest.mark.parametrize("side", ["source", "target"])
def test_subword_vectors(case, side):
    request, expected = case
    words, vectors = select_words(request.evidence.multilingual_vectors, [], None)
    ours = token_vectors(getattr(request, side), words, vectors, "spelling")
    np.testing.assert_allclose(ours, expected[f"{side}_subword_vectors"], atol=1e-12)
    np.testing.assert_array_equal(np.flatnonzero(~ours.any(axis=1)), expected[f"uncovered_{side}"])


def test_overlap(case):
    request, expected = case
    ours = {}
    for layer in reversed(settings().copied(request)):
        ours |= dict(zip(layer.rows_N.tolist(), layer.weights_NS.indices.tolist(), strict=True))
    pairs = sorted((source, target) for target, source in ours.items())
    assert pairs == sorted((source, target) for target, source in expected["overlap"].tolist())


def cosines(request, words, vectors):
    sides = []
    for table in (request.target, request.source):
        vectors_VE = token_vectors(table, words, vectors, "spelling")
        norms_V = np.linalg.norm(vectors_VE, axis=1, keepdims=True)
        sides.append(vectors_VE / np.where(norms_V > 0, norms_V, 1))
    return sides[0] @ sides[1].T


@pytest.fixture
def check(count_ties):
    def compare(request, ours, theirs, source):
        words, vectors = select_words(request.evidence.multilingual_vectors, [], None)
        similarity = cosines(request, words, vectors)
        used = count_ties(ours, theirs, similarity, source, 10, 0.1)
        assert used < 0.1 * len(ours)  # tokens with the same words have the same vector

    return compare


@pytest.mark.parametrize("width", [8, 24])
def test_coordinates_and_primitives(case, width, check):
    request, expected = case
    result = initialize(request, settings(width=width))
    np.testing.assert_array_equal(
        result.weights.rows(Provenance.FILL), expected[f"fallback_{width}"]
    )
    # Directions of an SVD have no sign of their own; the filled rows were drawn around the signed
    # means, so only rows with weights can be compared.
    signs_R = np.sign((result.primitives_RD * expected[f"primitive_{width}"]).sum(axis=1))
    np.testing.assert_allclose(
        result.primitives_RD * signs_R[:, None],
        expected[f"primitive_{width}"],
        atol=1e-5,
        rtol=1e-5,
    )
    known = np.setdiff1d(np.arange(len(request.target)), expected[f"fallback_{width}"])
    ours, theirs = result.embeddings_TD * signs_R, expected[f"target_{width}"].copy()
    theirs[expected[f"fallback_{width}"]] = ours[expected[f"fallback_{width}"]]
    check(request, ours, theirs, expected[f"source_coordinates_{width}"])
    assert len(known) > 500


def test_full_width_with_fallback_rows(case, check):
    request, expected = case
    result = initialize(request, settings())
    check(request, result.embeddings_TD, expected["target_48"], expected["source_embeddings"])
