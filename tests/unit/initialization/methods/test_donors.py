"""CLP-Transfer and tokensurgeon against their formulas, and how a donor is read."""

import numpy as np
import pytest
import torch
from small_world import ROLES, TARGET_PIECES, small_request, target_tokenizer, wrapped
from tokenizers import Tokenizer, models
from transformers import GPT2Config, GPT2LMHeadModel

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.evidence.donor import read_donor
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.clp import Clp
from lingraft.initialization.methods.tokensurgeon import Tokensurgeon
from lingraft.initialization.weights import Provenance

# What both vocabularies have, and what the target alone has.
SHARED = {"▁red": "red", "s": "##s", "▁1": "1"}
MISSING = ["▁nyumba", "▁nyekundu", "▁mti", "▁household", "▁houses", "▁reds", "▁", "zz"]


@pytest.fixture(scope="module")
def donor_folder(tmp_path_factory):
    return save_donor(tmp_path_factory.mktemp("donor"), target_tokenizer(), len(TARGET_PIECES) + 2)


def save_donor(folder, tokenizer, rows):
    torch.manual_seed(0)  # some draws have cosines that cancel, and no row
    config = GPT2Config(vocab_size=rows, n_embd=4, n_layer=1, n_head=1, n_positions=8)
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def donor_rows(request):
    return read_donor(request, "test").rows_TE.astype(float)


def ids(table, tokens):
    return [table.ids[token] for token in tokens]


def rows_by_cosines(request, mode):
    """e_t = sum over shared o of cos(h_t, h_o) e_o / sum of cos, with loops."""
    rows_TE = donor_rows(request)
    shared = SHARED if mode == "default" else {}
    expected = {}
    for token in MISSING:
        wanted = rows_TE[request.target.ids[token]]
        sum_D, total = 0, 0
        for anchor, source in shared.items():
            own = rows_TE[request.target.ids[anchor]]
            cosine = wanted @ own / np.linalg.norm(wanted) / np.linalg.norm(own)
            sum_D = sum_D + cosine * request.embeddings_SD[request.source.ids[source]]
            total += cosine
        expected[token] = sum_D / total
    return expected


def test_clp_divides_cosines_by_their_sum(donor_folder):
    request = small_request(donor=donor_folder)
    result = initialize(request, Clp(bias="zero"))
    for token, row_D in rows_by_cosines(request, "default").items():
        np.testing.assert_allclose(
            result.embeddings_TD[request.target.ids[token]], row_D, rtol=1e-4, atol=1e-5
        )
    for token, source in SHARED.items():
        copied = request.embeddings_SD[request.source.ids[source]]
        assert (result.embeddings_TD[request.target.ids[token]] == copied).all()


def test_clp_with_neighbors_takes_the_nearest_only(donor_folder):
    request = small_request(donor=donor_folder)
    weights = Clp(neighbors=1).weights(request)
    rows_TE = donor_rows(request)
    units = rows_TE / np.linalg.norm(rows_TE, axis=1, keepdims=True)
    cosines = units[ids(request.target, MISSING)] @ units[ids(request.target, SHARED)].T
    for token, best, cosine in zip(MISSING, cosines.argmax(1), cosines.max(1), strict=True):
        found = weights.matrix_TS[[request.target.ids[token]]]
        if cosine > 0:
            source = list(SHARED.values())[best]
            assert found.indices.tolist() == [request.source.ids[source]]


def test_clp_in_reference_mode_matches_strings(donor_folder):
    with pytest.raises(InputError, match="share no token"):
        Clp(mode="reference").weights(small_request(donor=donor_folder))


def test_least_squares_rebuilds_through_the_pseudo_inverse(donor_folder):
    request = small_request(donor=donor_folder)
    weights = Tokensurgeon(approximation="least-squares").weights(request)
    rows_TE = donor_rows(request)
    anchors = rows_TE[ids(request.target, SHARED)]
    wanted = rows_TE[ids(request.target, MISSING)]
    expected = wanted @ np.linalg.pinv(anchors)
    sources = request.embeddings_SD[ids(request.source, SHARED.values())].astype(float)
    found = weights.apply(request.embeddings_SD.astype(float))[ids(request.target, MISSING)]
    np.testing.assert_allclose(found, expected @ sources, rtol=1e-3, atol=1e-3)


def test_omp_with_all_anchors_is_least_squares(donor_folder):
    request = small_request(donor=donor_folder)
    matrix = request.embeddings_SD.astype(float)
    full = Tokensurgeon(approximation="least-squares").weights(request).apply(matrix)
    pursued = Tokensurgeon().weights(request).apply(matrix)
    np.testing.assert_allclose(pursued, full, rtol=1e-3, atol=1e-3)


def test_neighbors_are_weighted_by_inverse_distance(donor_folder):
    request = small_request(donor=donor_folder)
    weights = Tokensurgeon(approximation="neighbors", atoms=2).weights(request)
    rows_TE = donor_rows(request)
    anchors = list(SHARED)
    for token in MISSING:
        index = request.target.ids[token]
        distances = {
            anchor: np.linalg.norm(rows_TE[index] - rows_TE[request.target.ids[anchor]])
            for anchor in anchors
        }
        nearest = sorted(anchors, key=distances.__getitem__)[:2]
        inverse = np.array([1 / distances[anchor] for anchor in nearest])
        found = weights.matrix_TS[[index]].toarray()[0]
        columns = ids(request.source, [SHARED[anchor] for anchor in nearest])
        np.testing.assert_allclose(found[columns], inverse / inverse.sum(), rtol=1e-4)


def test_a_donor_is_read_by_token_and_not_by_id(donor_folder):
    pieces = [*TARGET_PIECES[:5], *reversed(TARGET_PIECES[5:]), "▁new"]
    request = small_request(target_tokenizer(pieces), donor=donor_folder)
    donor, plain = read_donor(request, "x"), read_donor(small_request(donor=donor_folder), "x")
    moved = [pieces.index(piece) for piece in TARGET_PIECES]
    np.testing.assert_array_equal(donor.rows_TE[moved], plain.rows_TE)
    assert not donor.known_T[pieces.index("▁new")]
    weights = Tokensurgeon().weights(request)
    assert weights.provenance_T[pieces.index("▁new")] == Provenance.FILL


@pytest.mark.parametrize("method", [Clp(), Tokensurgeon()])
def test_a_donor_is_needed(method):
    with pytest.raises(ConfigError, match="needs a donor"):
        method.weights(small_request())


@pytest.mark.parametrize("method", [Clp(), Tokensurgeon()])
def test_rows_are_not_made_of_special_tokens_alone(tmp_path, method):
    words = [*ROLES.values(), "ξένος", "άλλος"]  # no word of the source
    vocabulary = {word: index for index, word in enumerate(words)}
    target = wrapped(Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]")), ROLES)
    request = small_request(target, donor=save_donor(tmp_path, target, len(words)))
    with pytest.raises(InputError, match="share no token but special ones"):
        method.weights(request)
