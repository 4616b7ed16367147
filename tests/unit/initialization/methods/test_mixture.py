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
from lingraft.initialization.methods.ramen import Ramen
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.methods.wechsel import Wechsel
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.weights import LowRank, Provenance, Weights
from lingraft.vectors.alignment import Alignment

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
    alone = first.part.weights_as_part(request)
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
    alone = part.weights_as_part(request)
    found = alone.rows(Provenance.COMBINED)
    assert request.target.ids["▁reds"] in found
    assert alone.observations_T[request.target.ids["▁reds"]] == 0
    weights = Mixture(components=[Component(part=part)], combine=combine).weights(request)
    assert weights.rows(Provenance.COMBINED).tolist() == found.tolist()
    np.testing.assert_allclose(weights.matrix_TS.toarray(), alone.matrix_TS.toarray())


def varied_pairs():
    """Enough different pairs that some are held out."""
    words = {"house": "nyumba", "tree": "mti", "red": "nyekundu"}
    texts = [[a, b, c] for a in words for b in words for c in words]
    texts += [text[:2] for text in texts] + [[*text, "red", "tree"] for text in texts]
    return [(" ".join(text), " ".join(words[word] for word in text)) for text in texts] * 2


COUNTED = Component(part=TransTokenization())


@pytest.mark.parametrize(
    ("components", "pairs"),
    [
        ((COUNTED, Component(part=Fvt())), [("house", "nyumba")]),
        ((COUNTED, Component(part=Fvt())), [("red house", "nyumba nyekundu")] * 300),
        ((COUNTED, Component(part=Fvt())), varied_pairs()),
        ((Component(part=Fvt()), Component(part=Ramen())), varied_pairs()),
        ((COUNTED, Component(part=Ramen()), Component(part=Fvt())), varied_pairs()),
    ],
    ids=["one pair", "one pair repeated", "counts", "RAMEN counts", "both count"],
)
@pytest.mark.parametrize("mean_row", [False, True])
def test_rows_of_any_text_sum_to_one(tmp_path, components, pairs, mean_row):
    request = small_request(parallel=[write_parallel(tmp_path / "c", pairs)])
    weights = Mixture(components=components, mean_row=mean_row).weights(request)
    is_row_T = weights.provenance_T < Provenance.FILL
    sums_T = np.array([weights.row(t).sum() for t in range(len(request.target))])
    np.testing.assert_allclose(sums_T, is_row_T, atol=1e-12)
    assert ("strengths" in weights.account) == (len(pairs) > 1 and len({*pairs}) > 1)
    if mean_row and "strengths" in weights.account:
        assert is_row_T.all()


def test_counts_of_two_methods_add_up(tmp_path):
    """RAMEN has seen the unseen pairs: its rows are counts, no prior to be estimated."""
    request = small_request(parallel=[write_parallel(tmp_path / "c", varied_pairs())])
    parts = TransTokenization(), Ramen()
    weights = Mixture(components=[Component(part=part) for part in parts]).weights(request)
    first, second = (part.weights_as_part(request) for part in parts)
    counts = [each.observations_T[:, None] for each in (first, second)]
    wanted = counts[0] * first.matrix_TS.toarray() + counts[1] * second.matrix_TS.toarray()
    np.testing.assert_allclose(weights.matrix_TS.toarray() * sum(counts), wanted, atol=1e-9)


def test_links_of_another_aligner_have_no_pairs_to_spare(tmp_path):
    request = small_request(parallel=[write_parallel(tmp_path / "c", PAIRS)])
    links = tmp_path / "links"
    links.write_text("0-0\n0-0\n0-1 1-0\n" * 4)
    part = TransTokenization(alignment=WordAlignment(links=links))
    counted = part.weights_as_part(request)
    assert counted.trial() is None
    weights = Mixture(components=[Component(part=part), Component(part=Fvt())]).weights(request)
    house = counted.observations_T[request.target.ids["▁nyumba"]]
    assert house > 0
    assert row(weights, request, "▁nyumba") == row(counted, request, "▁nyumba")
    assert row(weights, request, "▁red") == row(Fvt().weights(request), request, "▁red")


def test_observations_below_zero_are_refused():
    with pytest.raises(ValidationError, match="observations"):
        Component(part=Fvt(), observations=-1)


def test_text_whose_source_tokens_have_no_row_says_nothing(tmp_path):
    """A source tokenizer may have more tokens than the matrix has rows."""
    path = write_parallel(tmp_path / "c", varied_pairs())
    request = small_request(rows=6, parallel=[path])
    counted = TransTokenization().weights_as_part(request)
    assert counted.trial() is None
    assert not counted.rows(Provenance.COMBINED).size


def test_a_part_that_takes_aligned_vectors_is_worth_their_precision(monkeypatch):
    request = small_request()
    counted = fake(request, {"▁nyumba": {"house": 1.0}}, observations={"▁nyumba": 3})
    # A weight below zero predicts nothing: the strength of this part cannot be estimated.
    prior = fake(request, {"▁nyumba": {"tree": 1.5, "big": -0.5}})
    monkeypatch.setattr(Lexical, "weights", lambda *_: counted)
    monkeypatch.setattr(Wechsel, "weights", lambda *_: prior)

    def share(*precisions, **options):
        identity = np.eye(2), np.eye(2), np.zeros(2), np.zeros(2)
        alignments = [Alignment(*identity, precision=each) for each in precisions]
        asked = replace(request, evidence=replace(request.evidence, alignments=alignments))
        components = Component(part=Lexical()), Component(part=Wechsel(), **options)
        weights = Mixture(components=components).weights(asked)
        return 1 - row(weights, request, "▁nyumba")["house"]

    assert share(0.5) == pytest.approx(0.5 / 3.5, abs=1e-5)
    assert share(0.02) == pytest.approx(0.02 / 3.02, abs=1e-5)
    assert share(0.2, 0.4) == pytest.approx(0.3 / 3.3, abs=1e-5)  # of several languages: their mean
    assert share() == share(None) == pytest.approx(0.1 / 3.1, abs=1e-5)
    assert share(0.5, observations=1) == pytest.approx(0.25)
