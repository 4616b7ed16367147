"""Align: the pieces that stand for a token in texts; FVT's where a vocabulary was continued."""

import numpy as np
import pytest
from tests.tokenizers_of_kinds import tokenizer_of
from transformers import PreTrainedTokenizerFast

from lingraft.corpus.documents import Document, write_lines
from lingraft.errors import ConfigError
from lingraft.initialization.initialize import initialize
from lingraft.initialization.methods import check_method
from lingraft.initialization.request import Evidence, Request
from lingraft.initialization.weights import Provenance
from lingraft.tokenizers.extending import extend
from lingraft.tokenizers.token_table import TokenTable

TEXTS = ["the boat went home", "a friend reads books \U0001f6a3\u200d"]
OTHERS = ["hatred and hatreds, o\u0301aken doors", "a wondrous forest \U0001f6a3\U0001f6a3", "hats"]


def table(backend, unknown=None):
    options = {} if unknown is None else {"unk_token": unknown}
    return TokenTable(PreTrainedTokenizerFast(tokenizer_object=backend, **options))


def asked(source, target, folder, texts):
    write_lines(folder / "t.jsonl.zst", (Document(str(i), t) for i, t in enumerate(texts)))
    rows_SD = np.random.default_rng(0).normal(size=(len(source), 6)).astype(np.float32)
    evidence = Evidence(corpora=[folder / "t.jsonl.zst"] if texts else [])
    return Request(source, target, rows_SD, evidence=evidence)


def made(request, method, **options):
    return initialize(request, check_method({"method": method, **options}, "test"))


@pytest.mark.parametrize("kind", ["specials-behind", "bytes"])
def test_it_is_fvt_where_merging_went_on(kind, tmp_path) -> None:
    backend = tokenizer_of(kind, TEXTS)
    source, target = table(backend), table(extend(backend, OTHERS, 40, 1, "base"))
    request = asked(source, target, tmp_path, [*OTHERS, *TEXTS])
    ours, theirs = made(request, "align"), made(request, "fvt")
    np.testing.assert_array_equal(ours.weights.provenance_T, theirs.weights.provenance_T)
    np.testing.assert_allclose(ours.embeddings_TD, theirs.embeddings_TD, rtol=1e-6)
    assert ours.facts["aligned_tokens"] > 10
    assert ours.facts["segmentations"] == ours.facts["aligned_tokens"]


def test_a_wordpiece_inside_of_words_has_its_pieces_there(tmp_path) -> None:
    """FVT asks how the source cuts a word that begins like it."""
    backend = tokenizer_of("wordpiece", TEXTS)
    source, target = table(backend, "[UNK]"), table(extend(backend, OTHERS, 30, 1, "x"), "[UNK]")
    request = asked(source, target, tmp_path, OTHERS)
    result = made(request, "align")
    inside = [index for token, index in target.ids.items() if token not in source.ids]
    inside = [index for index in inside if target.tokens[index].startswith("##")]
    assert inside
    for index in inside:
        pieces = np.flatnonzero(result.weights.row(index))
        if result.weights.provenance_T[index] == Provenance.COMBINED and len(pieces):
            marked = [source.tokens[piece].startswith("##") for piece in pieces]
            assert any(marked)


def test_pieces_count_by_how_often_they_are_seen(tmp_path) -> None:
    """`cab` is `ca b` at the beginning of `cab`, and `c ab` where the source prefers it."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    def words(vocabulary, scores=()):
        pieces = dict.fromkeys(["<unk>", *vocabulary], -9.0) | dict(scores)
        made = Tokenizer(models.Unigram(list(pieces.items()), unk_id=0))
        made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        return table(made, "<unk>")

    source = words("abcd", {"ca": -1, "ab": -2, "bd": -1})
    target = words("abcd", {"cab": -1, "zz": -1})
    request = asked(source, target, tmp_path, ["cab cab cab d", "cab z"])
    weights = made(request, "align").weights
    row = {source.tokens[i]: w for i, w in enumerate(weights.row(target.ids["cab"])) if w}
    assert row == {"ca": 0.5, "b": 0.5}
    # What the text does not have is cut alone; what the source does not know is filled.
    assert weights.provenance_T[target.ids["zz"]] == Provenance.FILL


def test_rare_ways_may_be_left_out(tmp_path) -> None:
    backend = tokenizer_of("bytes", TEXTS)
    source, target = table(backend), table(extend(backend, OTHERS, 40, 1, "base"))
    request = asked(source, target, tmp_path, OTHERS)
    strict = made(request, "align", minimum_count=1000)
    np.testing.assert_allclose(
        strict.embeddings_TD, made(request, "fvt").embeddings_TD, rtol=1e-6
    )  # their own pieces
    assert (strict.facts["aligned_tokens"], strict.facts["segmentations"]) == (0, 0)


def test_it_needs_text(tmp_path) -> None:
    source = table(tokenizer_of("bytes", TEXTS))
    with pytest.raises(ConfigError, match=r"align needs text: `corpora=`"):
        made(asked(source, source, tmp_path, []), "align")
