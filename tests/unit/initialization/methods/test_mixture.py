"""mixture: means by observations, order of trust, dense parts, missing evidence."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.sparse import csr_array
from small_world import row, small_request, write_parallel

from lingraft.errors import ConfigError
from lingraft.initialization.methods.clp import Clp
from lingraft.initialization.methods.fvt import Fvt
from lingraft.initialization.methods.lexical import Lexical
from lingraft.initialization.methods.mixture import Component, Mixture
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.weights import LowRank, Provenance, Weights

PAIRS = [("house", "nyumba"), ("tree", "mti"), ("red house", "nyumba nyekundu")] * 4


def fake(request, rows, observations=None, copied=(), dense=None):
    """Weights with given rows (token -> source token -> weight)."""
    matrix = np.zeros((len(request.target), request.columns))
    provenance_T = np.full(len(request.target), Provenance.FILL, np.uint8)
    counts_T = np.zeros(len(request.target))
    for token, weights in rows.items():
        index = request.target.ids[token]
        provenance_T[index] = Provenance.EXACT if token in copied else Provenance.COMBINED
        counts_T[index] = (observations or {}).get(token, 0)
        for source, weight in weights.items():
            matrix[index, request.source.ids[source]] = weight
    return Weights(
        csr_array(matrix), provenance_T, dense, observations_T=counts_T if observations else None
    )


def mixed(monkeypatch, request, first, second, **options):
    """The mixture of two given weights, in the place of lexical and fvt."""
    monkeypatch.setattr(Lexical, "weights", lambda *_: first)
    monkeypatch.setattr(Fvt, "weights", lambda *_: second)
    second_component = Component(part=Fvt(), observations=options.pop("observations", 1.0))
    components = (Component(part=Lexical()), second_component)
    return Mixture(components=components, **options).weights(request)


def test_rows_are_means_weighted_by_observations(monkeypatch):
    request = small_request()
    counted = fake(
        request,
        {"▁nyumba": {"house": 1.0}, "▁mti": {"tree": 1.0}, "▁red": {"red": 1.0}},
        observations={"▁nyumba": 6, "▁mti": 0.5, "▁red": 3},
    )
    prior = fake(request, {"▁nyumba": {"tree": 0.5, "big": 0.5}, "▁mti": {"house": 1.0},
                           "▁household": {"house": 1.0}})  # fmt: skip
    weights = mixed(monkeypatch, request, counted, prior, observations=2.0)
    assert row(weights, request, "▁nyumba") == {"house": 0.75, "tree": 0.125, "big": 0.125}
    assert row(weights, request, "▁mti") == {"tree": 0.2, "house": 0.8}
    assert row(weights, request, "▁red") == {"red": 1.0}
    assert row(weights, request, "▁household") == {"house": 1.0}
    assert weights.provenance_T[request.target.ids["zz"]] == Provenance.FILL


def test_trust_takes_the_first_method_that_has_a_row(monkeypatch):
    request = small_request()
    first = fake(request, {"▁nyumba": {"house": 1.0}}, copied=["▁nyumba"])
    second = fake(request, {"▁nyumba": {"tree": 1.0}, "▁mti": {"tree": 0.5, "big": 0.5}})
    weights = mixed(monkeypatch, request, first, second, combine="trust")
    assert row(weights, request, "▁nyumba") == {"house": 1.0}
    assert row(weights, request, "▁mti") == {"tree": 0.5, "big": 0.5}
    assert weights.provenance_T[request.target.ids["▁nyumba"]] == Provenance.EXACT
    assert weights.provenance_T[request.target.ids["▁mti"]] == Provenance.COMBINED


def test_dense_weights_are_mixed_like_sparse_ones(monkeypatch):
    request = small_request()
    random = np.random.default_rng(0)
    shape = len(request.target), request.columns
    dense = LowRank(random.random((shape[0], 2)), random.random((2, shape[1])))
    rows = {"▁nyumba": {}, "▁mti": {}}
    first = fake(request, rows, observations={"▁nyumba": 3, "▁mti": 3}, dense=dense)
    second = fake(request, {"▁nyumba": {"house": 1.0}}, dense=replace(dense))
    weights = mixed(monkeypatch, request, first, second)
    found = weights.apply(np.eye(request.columns))
    index = request.target.ids["▁nyumba"]
    house = np.eye(request.columns)[request.source.ids["house"]]
    product = dense.left_TR @ dense.right_RS
    np.testing.assert_allclose(found[index], product[index] + 0.25 * house, atol=1e-9)
    index = request.target.ids["▁mti"]
    np.testing.assert_allclose(found[index], product[index], atol=1e-9)


def test_the_default_goes_with_the_evidence_there_is(tmp_path):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    (first, _) = Mixture().components
    alone = first.part.weights(request)
    weights = Mixture().weights(request)
    assert (weights.matrix_TS != alone.matrix_TS).nnz == 0
    with pytest.raises(ConfigError, match="evidence for none of its components: trans-tok"):
        Mixture().weights(small_request())


def test_components_that_are_asked_for_must_have_their_evidence(tmp_path):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    components = (Component(part=TransTokenization()), Component(part=Clp()))
    with pytest.raises(ConfigError, match="clp needs a donor"):
        Mixture(components=components).weights(request)


def test_settings_are_read_from_plain_values():
    components = [
        {"part": {"method": "trans-tokenization", "minimum_count": 2}},
        {"part": {"method": "wechsel"}, "observations": 3},
    ]
    settings = Mixture.model_validate({"components": components})
    assert settings.components[0].part == TransTokenization(minimum_count=2)
    assert settings.components[1] == Component(part=Wechsel(), observations=3)
    with pytest.raises(ValidationError, match="mixture"):
        Mixture.model_validate({"components": [{"part": {"method": "mixture"}}]})


@pytest.mark.parametrize("combine", ["evidence", "trust"])
def test_rows_that_smoothing_finds_stay(tmp_path, combine):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    part = TransTokenization(same_string_count=1.0, smoothing="contained")
    alone = part.weights(request)
    found = alone.rows(Provenance.COMBINED)
    assert request.target.ids["▁reds"] in found
    assert alone.observations_T[request.target.ids["▁reds"]] == 0
    weights = Mixture(components=[Component(part=part)], combine=combine).weights(request)
    assert weights.rows(Provenance.COMBINED).tolist() == found.tolist()
    np.testing.assert_allclose(weights.matrix_TS.toarray(), alone.matrix_TS.toarray())
