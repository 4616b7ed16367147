"""TokAlign: same strings first, then the source token in the most similar surroundings."""

import numpy as np
import pytest
from small_world import row, small_request, write_parallel

from lingraft.errors import InputError
from lingraft.initialization import match
from lingraft.initialization.combining.relative import relative
from lingraft.initialization.match import shared_tokens
from lingraft.initialization.methods.tokalign import TokAlign
from lingraft.initialization.weights import Provenance


def with_vectors(monkeypatch, request, source, target):
    """Replace the GloVe vectors by given ones (token -> vector)."""
    tables = {id(request.source): source, id(request.target): target}

    def vectors(settings, table, corpora):
        rows = np.zeros((len(table), 3))
        for token, vector in tables[id(table)].items():
            rows[table.ids[token]] = vector
        return rows

    monkeypatch.setattr(TokAlign, "_vectors", vectors)


@pytest.fixture
def request_with_corpus(tmp_path):
    return small_request(corpora=[write_parallel(tmp_path / "c", [("red", "red")])])


SOURCE = {"red": [1, 0, 0], "##s": [0, 1, 0], "1": [0, 0, 1], "house": [1, 1, 0], "tree": [0, 1, 1]}
# The target's space is another one: axes permuted and scaled; cosines to pivots survive that.
TARGET = {"▁red": [0, 2, 0], "s": [0, 0, 3], "▁1": [1, 0, 0], "▁nyumba": [0, 4, 4.4],
          "▁mti": [2, 0.1, 2]}  # fmt: skip


def test_the_most_similar_relative_vector_is_copied(monkeypatch, request_with_corpus):
    request = request_with_corpus
    with_vectors(monkeypatch, request, SOURCE, TARGET)
    weights = TokAlign().weights(request)
    assert row(weights, request, "▁red") == {"red": 1.0}
    assert weights.provenance_T[request.target.ids["▁red"]] == Provenance.EXACT
    assert row(weights, request, "▁nyumba") == {"house": 1.0}
    assert row(weights, request, "▁mti") == {"tree": 1.0}
    assert weights.provenance_T[request.target.ids["zz"]] == Provenance.FILL


def test_reference_mode_gives_the_rest_random_source_rows(monkeypatch, request_with_corpus):
    request = request_with_corpus
    with_vectors(monkeypatch, request, SOURCE, TARGET | {"▁household": [1, 1, 1]})
    with pytest.raises(InputError, match="no shared token is frequent"):
        TokAlign(mode="reference").weights(request)  # strings differ: ▁red is not red
    request.source.ids["▁red"] = request.source.ids["red"]
    request.source.tokens[request.source.ids["red"]] = "▁red"
    weights = TokAlign(mode="reference").weights(request)
    assert len(weights.rows(Provenance.FILL)) == 0
    assert sum(row(weights, request, "zz").values()) == 1.0


def test_relative_vectors_are_cosines_to_pivots():
    vectors = np.random.default_rng(0).standard_normal((5, 3))
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = units @ units[[1, 3]].T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(relative(vectors, np.array([1, 3])), expected)


def test_corpora_are_encoded_by_both_tokenizers(tmp_path):
    texts = [("x", text) for text in ["red nyumba red", "red mti red", "1 red 1", "red 1"] * 5]
    request = small_request(corpora=[write_parallel(tmp_path / "c", texts)])
    settings = TokAlign(dimension=4, iterations=3, minimum_count=2)
    weights = settings.weights(request)
    assert row(weights, request, "▁red") == {"red": 1.0}
    assert len(row(weights, request, "▁nyumba")) == 1


def test_the_reference_mode_takes_the_product_where_the_default_takes_the_cosine(
    monkeypatch, request_with_corpus
):
    """`##s` is near to every pivot: its row is long, and wins the authors' product."""
    source = {"red": [1, 0, 0], "##s": [1, 1, 0], "1": [1, 0, 1], "house": [0, 1, 0]}
    target = {"▁red": [1, 0, 0], "s": [1, 1, 0], "▁1": [1, 0, 1], "▁nyumba": [0.2, 1, 0]}
    with_vectors(monkeypatch, request_with_corpus, source, target)
    default = TokAlign().weights(request_with_corpus)
    assert row(default, request_with_corpus, "▁nyumba") == {"house": 1.0}
    # The authors know a pivot by the same string, so the vocabularies must share one.
    monkeypatch.setattr(match, "shared_tokens", lambda request, _: shared_tokens(request))
    reference = TokAlign(mode="reference").weights(request_with_corpus)
    assert row(reference, request_with_corpus, "▁nyumba") == {"##s": 1.0}


def test_the_seed_chooses_the_pivots(monkeypatch, request_with_corpus):
    request = request_with_corpus
    between = {"▁household": [1, 2, 0]}  # like the pivots red and 1, unlike s
    with_vectors(monkeypatch, request, SOURCE, TARGET | between)
    chosen = {
        tuple(row(TokAlign(pivots=2, pivot_seed=seed).weights(request), request, "▁household"))
        for seed in range(8)
    }
    assert len(chosen) > 1
