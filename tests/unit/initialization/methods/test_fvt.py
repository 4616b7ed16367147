"""FVT, WVT and the lexical baselines on vocabularies where every row is known."""

import numpy as np
import pytest
from small_world import (
    ROWS,
    TARGET_PIECES,
    row,
    small_request,
    source_tokenizer,
    target_tokenizer,
)
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.errors import ConfigError
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.fvt import Fvt
from lingraft.initialization.methods.lexical import Lexical
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.token_table import TokenTable

HOUSE_HOLD = {"house": 0.5, "##hold": 0.5}


def provenance(weights, request, token):
    return Provenance(weights.provenance_T[request.target.ids[token]])


def test_shared_tokens_are_copied_and_others_are_the_mean_of_their_pieces():
    request = small_request()
    weights = Fvt().weights(request)
    assert row(weights, request, "▁red") == {"red": 1.0}
    assert row(weights, request, "s") == {"##s": 1.0}
    assert row(weights, request, "▁household") == HOUSE_HOLD
    assert row(weights, request, "▁houses") == {"house": 0.5, "##s": 0.5}
    assert provenance(weights, request, "▁red") == Provenance.EXACT
    assert provenance(weights, request, "▁household") == Provenance.COMBINED


def test_a_token_inside_of_words_has_the_pieces_of_its_place():
    request = small_request(target_tokenizer([*TARGET_PIECES, "holds", "households", "reds"]))
    weights = Fvt().weights(request)
    assert row(weights, request, "holds") == {"##hold": 0.5, "##s": 0.5}
    # The source has `house` and `red` at the beginning of words only, and knows no other piece.
    assert row(weights, request, "reds") == {"red": 0.5, "##s": 0.5}
    assert row(weights, request, "households") == pytest.approx(
        {"house": 1 / 3, "##hold": 1 / 3, "##s": 1 / 3}, abs=1e-6
    )
    reference = Fvt(mode="reference").weights(request)
    assert row(reference, request, "holds") == {"[UNK]": 1.0}


def test_unknown_and_empty_tokens_are_filled_not_made_of_unk():
    request = small_request()
    weights = Fvt().weights(request)
    for token in ("zz", "▁", "▁nyumba"):
        assert row(weights, request, token) == {}
        assert provenance(weights, request, token) == Provenance.FILL


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("length", {"house": 5 / 9, "##hold": 4 / 9}),
        ("first", {"house": 1.0}),
        ("last", {"##hold": 1.0}),
    ],
)
def test_weights_of_pieces(how, expected):
    request = small_request()
    found = row(Fvt(piece_weights=how).weights(request), request, "▁household")
    assert found == {token: pytest.approx(weight, abs=1e-6) for token, weight in expected.items()}


def test_reference_mode_matches_strings_counts_marks_and_keeps_unknown_pieces():
    request = small_request()
    weights = Fvt(mode="reference", piece_weights="length").weights(request)
    assert row(weights, request, "▁red") == {"red": 1.0}  # not the same string, but one piece
    assert provenance(weights, request, "▁red") == Provenance.COMBINED
    assert row(weights, request, "▁household") == {
        "house": pytest.approx(5 / 11, abs=1e-6),
        "##hold": pytest.approx(6 / 11, abs=1e-6),
    }
    assert row(weights, request, "zz") == {"[UNK]": 1.0}


def extended():
    tokenizer = source_tokenizer()
    added = [AddedToken("<red house>", special=True), AddedToken("<path>", special=True)]
    tokenizer.add_tokens(added, special_tokens=True)
    return tokenizer


def test_added_special_tokens_are_the_mean_of_their_pieces_in_input_and_output():
    request = small_request(extended())
    object.__setattr__(request, "output_SD", 10 * request.embeddings_SD)
    settings = Fvt(extends_source=True, fill="mean", bias="zero")
    result = initialize(request, settings)
    source, ids = request.embeddings_SD, request.source.ids
    expected = (source[ids["red"]] + source[ids["house"]]) / 2
    added = request.target.ids["<red house>"]
    np.testing.assert_allclose(result.embeddings_TD[added], expected, rtol=1e-6)
    np.testing.assert_allclose(result.output_TD[added], 10 * expected, rtol=1e-6)
    assert (result.embeddings_TD[:ROWS] == source).all()
    unknown = request.target.ids["<path>"]
    np.testing.assert_allclose(result.embeddings_TD[unknown], source.mean(axis=0), rtol=1e-5)


def test_descriptions_take_the_place_of_a_token():
    request = small_request(extended())
    settings = Fvt(extends_source=True, descriptions={"<path>": "big red tree"})
    weights = settings.weights(request)
    third = round(1 / 3, 6)
    assert row(weights, request, "<path>") == {"red": third, "tree": third, "big": third}


def test_a_description_of_no_token_is_refused():
    settings = Fvt(extends_source=True, descriptions={"<paht>": "big red tree"})
    with pytest.raises(ConfigError, match="descriptions: '<paht>' is not in the target"):
        settings.weights(small_request(extended()))


def test_pieces_without_a_row_are_dropped():
    request = small_request(rows=ROWS - 4)  # no rows for ##hold, 1, 2, .
    assert row(Fvt().weights(request), request, "▁household") == {"house": 1.0}
    assert row(Fvt().weights(request), request, "▁1") == {}


@pytest.mark.parametrize(
    ("pieces", "household", "houses"),
    [
        ("none", {}, {}),
        ("all-known", {}, {"house": 0.5, "##s": 0.5}),
        ("any-known", {"house": 1.0}, {"house": 0.5, "##s": 0.5}),
    ],
)
def test_lexical_baselines_differ_in_their_pieces(pieces, household, houses):
    request = small_request(rows=ROWS - 4)
    weights = Lexical(pieces=pieces).weights(request)
    assert row(weights, request, "▁red") == {"red": 1.0}
    assert row(weights, request, "▁household") == household
    assert row(weights, request, "▁houses") == houses


def test_lexical_fills_with_the_unknown_token():
    request = small_request()
    result = initialize(request, Lexical(bias="zero"))
    source = request.embeddings_SD
    unknown = source[request.source.ids["[UNK]"]]
    assert (result.embeddings_TD[request.target.ids["zz"]] == unknown).all()
    opening = source[request.source.ids["[CLS]"]]
    assert (result.embeddings_TD[request.target.ids["<s>"]] == opening).all()


def spaced(kind):
    """A source tokenizer that puts a space before every text, in one of three ways."""
    if kind == "bytes":
        tokens = ["<unk>", "Ġ", "f", "o", "Ġf", "Ġfo", "x", "z"]
        merges = [("Ġ", "f"), ("Ġf", "o")]
    else:
        tokens = ["<unk>", "▁", "f", "o", "▁f", "▁fo", "x", "z"]
        merges = [("▁", "f"), ("▁f", "o")]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))
    if kind == "prepend":
        steps = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        tokenizer.normalizer = normalizers.Sequence(steps)
    elif kind == "metaspace":
        tokenizer.normalizer = normalizers.Strip()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>")


@pytest.mark.parametrize("kind", ["prepend", "metaspace", "bytes"])
@pytest.mark.parametrize("method", [Fvt(), Lexical(pieces="any-known")])
def test_tokens_say_themselves_where_a_word_begins(kind, method):
    source = TokenTable(spaced(kind))
    target = TokenTable(target_tokenizer(["<pad>", "<unk>", "▁foxz", "xz", "oxo"]))
    request = Request(source, target, np.eye(len(source), dtype=np.float32))
    weights = method.weights(request)
    begun, third = source.tokens[5], round(1 / 3, 6)
    assert row(weights, request, "▁foxz") == {begun: third, "x": third, "z": third}
    assert row(weights, request, "xz") == {"x": 0.5, "z": 0.5}
    assert row(weights, request, "oxo") == {"o": round(2 / 3, 6), "x": third}
