"""Trans-Tokenization: counts by hand, thresholds, smoothing, the authors' rules."""

from types import SimpleNamespace

import numpy as np
import pytest
from small_world import row, small_request, write_parallel

from lingraft.errors import ConfigError, InputError
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods.trans_tokenization import TransTokenization
from lingraft.initialization.parallel import rules
from lingraft.initialization.parallel.counts import TranslationCounts
from lingraft.initialization.parallel.rules import Marks, Pieces, glue, halves
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.initialization.parallel.smoothing import Relatives
from lingraft.initialization.weights import Provenance

PAIRS = [("house", "nyumba"), ("tree", "mti"), ("red house", "nyumba nyekundu")] * 4


@pytest.fixture
def parallel(tmp_path):
    return write_parallel(tmp_path / "corpus", PAIRS)


def test_translations_are_found_and_normalized(parallel):
    request = small_request(parallel=[parallel])
    weights = TransTokenization().weights(request)
    assert row(weights, request, "▁mti") == {"tree": 1.0}
    assert row(weights, request, "▁nyumba")["house"] > 0.9
    assert row(weights, request, "▁nyekundu")["red"] > 0.8
    assert sum(row(weights, request, "▁nyumba").values()) == pytest.approx(1)
    assert row(weights, request, "▁household") == {}
    assert weights.provenance_T[request.target.ids["▁household"]] == Provenance.FILL


def test_one_pair_gives_uniform_counts_that_thresholds_drop(tmp_path):
    corpus = write_parallel(tmp_path / "c", [("red house", "nyumba"), ("house", "nyumba")])
    request = small_request(parallel=[corpus])

    def found(**options):
        alignment = WordAlignment(iterations=1, symmetrization="target-picks-source")
        settings = TransTokenization(alignment=alignment, **options)
        return row(settings.weights(request), request, "▁nyumba")

    # After one iteration p(nyumba | .) is 1 for both words, so the first pair is split evenly.
    assert found() == {"house": 0.75, "red": 0.25}
    assert found(minimum_count=1.0) == {"house": 1.0}
    assert found(minimum_share=0.4) == {"house": 1.0}
    assert found(minimum_share=0.3) == {"house": 0.75, "red": 0.25}


def test_same_strings_may_count(parallel):
    request = small_request(parallel=[parallel])
    settings = TransTokenization(same_string_count=1.0)
    assert row(settings.weights_as_part(request), request, "▁red") == {"red": 1.0}
    assert row(TransTokenization().weights_as_part(request), request, "▁red") == {}


def test_a_token_without_counts_is_the_same_token_of_the_source(parallel):
    request = small_request(parallel=[parallel])
    weights = TransTokenization().weights(request)
    for token, same in (("▁red", "red"), ("▁1", "1")):
        assert row(weights, request, token) == {same: 1.0}
        assert weights.provenance_T[request.target.ids[token]] == Provenance.EXACT
    # What was counted stays counted, and what the source lacks is filled.
    assert row(weights, request, "▁mti") == {"tree": 1.0}
    assert weights.provenance_T[request.target.ids["▁mti"]] == Provenance.COMBINED
    assert weights.provenance_T[request.target.ids["zz"]] == Provenance.FILL
    rows = initialize(request, TransTokenization()).embeddings_TD
    expected = request.embeddings_SD[request.source.ids["red"]]
    np.testing.assert_array_equal(rows[request.target.ids["▁red"]], expected)


def test_smoothing_uses_longer_tokens_and_contained_ones(parallel):
    request = small_request(parallel=[parallel])
    settings = TransTokenization(same_string_count=1.0, smoothing="contained")
    weights = settings.weights(request)
    # "▁reds" contains "▁red" and "s"; "▁" begins every word that has a count.
    assert row(weights, request, "▁reds") == {"red": 0.5, "##s": 0.5}
    assert set(row(weights, request, "▁")) >= {"house", "tree", "red"}
    assert row(weights, request, "zz") == {}


def test_links_of_an_aligner_replace_our_own(tmp_path):
    corpus = write_parallel(tmp_path / "c", [("red house", "nyumba nyekundu"), ("tree", "mti")])
    links = tmp_path / "links"
    links.write_text("0-1 1-0\n\n")
    request = small_request(parallel=[corpus])
    weights = TransTokenization(alignment=WordAlignment(links=links)).weights(request)
    assert row(weights, request, "▁nyumba") == {"house": 1.0}
    assert row(weights, request, "▁nyekundu") == {"red": 1.0}
    assert row(weights, request, "▁mti") == {}


def test_plain_text_is_read_and_broken_lines_are_named(tmp_path):
    text = tmp_path / "pairs.tsv"
    text.write_text("tree\tmti\n")
    request = small_request(parallel=[text])
    assert row(TransTokenization().weights(request), request, "▁mti") == {"tree": 1.0}
    text.write_text("tree\tmti\ntree\n")
    with pytest.raises(InputError, match=r"pairs.tsv, line 2: expected source<TAB>target"):
        TransTokenization().weights(request)


def test_only_line_breaks_end_a_pair(tmp_path):
    text = tmp_path / "pairs.tsv"
    text.write_text("tree\u2028tree\tmti\n", "utf-8")
    request = small_request(parallel=[text])
    assert row(TransTokenization().weights(request), request, "▁mti") == {"tree": 1.0}


def test_parallel_text_that_is_not_utf8_is_named(tmp_path):
    text = tmp_path / "pairs.tsv"
    text.write_bytes(b"tr\xe9e\tmti\n")
    with pytest.raises(InputError, match=r"pairs.tsv is not valid UTF-8"):
        TransTokenization().weights(small_request(parallel=[text]))


def test_reference_mode_refuses_links_which_it_cannot_use(tmp_path):
    alignment = {"links": tmp_path / "links"}
    with pytest.raises(ValueError, match="links has positions of tokens"):
        TransTokenization.model_validate({"mode": "reference", "alignment": alignment})


def test_parallel_text_is_needed():
    with pytest.raises(ConfigError, match="trans-tokenization needs parallel text"):
        TransTokenization().weights(small_request())


def test_a_word_pair_is_spread_over_all_tokens_and_in_order():
    assert list(halves((7,), (1,), 5)) == [((7, 1), 2), ((7, 1), 2)]
    both = list(halves((7, 8), (1, 2), 8))
    everywhere = [((7, 1), 2), ((7, 2), 2), ((8, 1), 2), ((8, 2), 2)]
    assert both == [*everywhere, ((7, 1), 4), ((8, 2), 4)]
    # Three tokens for two: each is repeated to six places; no count falls below one.
    ordered = list(halves((7, 8, 9), (1, 2), 2))[6:]
    places = [(7, 1), (7, 1), (8, 1), (8, 2), (9, 2), (9, 2)]
    assert ordered == [(pair, 1) for pair in places]


def test_words_are_glued_where_a_letter_continues():
    request = small_request()
    ids, marks = request.target.ids, Marks("▁", "")
    tokens = [ids["▁red"], ids["s"], ids["▁1"], ids["zz"], ids["▁mti"]]
    assert glue(request.target, marks, tokens) == [
        (ids["▁red"], ids["s"]), (ids["▁1"],), (ids["zz"],), (ids["▁mti"],)
    ]  # fmt: skip
    assert glue(request.target, Marks("", ""), tokens) == [(token,) for token in tokens]


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["Ġ", "k", "a"], [(0,), (1, 2)]),  # nothing joins a bare mark
        (["Ø", "²"], [(0,), (1,)]),  # a superscript is not a letter
        (["Ġk", "ä¸Ń"], [(0, 1)]),
        (["Ġk", "Ġk"], [(0,), (1,)]),
    ],
)
def test_letters_of_byte_level_vocabularies_are_those_of_unicode(tokens, words):
    table = SimpleNamespace(tokens=tokens)
    assert glue(table, Marks("Ġ", ""), range(len(tokens))) == words


def test_pieces_are_known_by_string_and_words_are_cut_at_dashes():
    request = small_request()
    ids, pieces = request.target.ids, Pieces(request.target)
    assert pieces.of(["red zz", "s"]) == [(ids["▁red"], ids["▁"], ids["zz"]), (ids["▁"], ids["s"])]
    beyond = len(request.target)
    assert pieces.of(["Ω"]) == [(ids["▁"], beyond)]  # not the unknown token
    assert pieces.joined((ids["▁red"], beyond)) == "▁red—Ω"
    assert pieces.apart("▁red—Ω") == (ids["▁red"], beyond)
    assert pieces.apart("—") == (beyond + 1, beyond + 1)


def test_relatives_are_longer_tokens_and_the_longest_parts():
    texts = ["ab", "abc", "abcd", "cd", "d", "e"]
    relatives = Relatives.of(texts, range(6))
    assert list(relatives.related("abc")) == [1, 2, 1]
    assert list(relatives.related("abcde")) == [2, 5]
    assert list(relatives.related("cdab")) == [3, 0]
    assert list(relatives.related("")) == []
    relatives.add("abx", 9)
    assert list(relatives.beginning_with("ab")) == ["ab", "abc", "abcd", "abx"]


@pytest.fixture
def few_numbers(monkeypatch):
    monkeypatch.setattr(rules, "_NUMBERS", ["0", "1", "00", "01"])


def test_reference_mode_adds_numbers_same_strings_and_unknown(parallel, few_numbers):
    request = small_request(parallel=[parallel])
    settings = TransTokenization(mode="reference", minimum_count=1)
    weights = settings.weights(request)
    assert row(weights, request, "▁mti") == {"tree": 1.0}
    assert row(weights, request, "▁1") == {"1": 1.0}
    assert row(weights, request, "<s>") == {"[CLS]": 1.0}
    result = initialize(request, settings.model_copy(update={"bias": "zero"}))
    unknown = request.embeddings_SD[request.source.ids["[UNK]"]]
    np.testing.assert_array_equal(result.embeddings_TD[request.target.ids["zz"]], unknown)


def test_reference_mode_drops_rare_word_pairs(parallel, few_numbers):
    request = small_request(parallel=[parallel])
    weights = TransTokenization(mode="reference", minimum_count=100).weights(request)
    assert "tree" not in row(weights, request, "▁mti")


def test_sentences_are_cut_and_repetitions_counted_as_the_settings_say(tmp_path):
    pairs = [("red red house", "nyekundu nyekundu nyumba")] * 3
    request = small_request(parallel=[write_parallel(tmp_path / "c", pairs)])
    totals = [
        TranslationCounts.of(request, WordAlignment(**options), "ramen").counts_TS.sum()
        for options in ({}, {"sets_of_tokens": False}, {"maximum_tokens": 1})
    ]
    assert totals[2] < totals[0] < totals[1]
