"""Tokenizers without some of their tokens: the others keep their ids, and no text has these."""

from pathlib import Path

import numpy as np
import pytest

from lingraft.initialization.evidence.pieces import split_tokens, token_texts
from lingraft.initialization.evidence.smaller_vocabulary import without_tokens


@pytest.mark.parametrize("kind", ["wordpiece", "bytes", "metaspace"])
def test_dropped_tokens_are_cut_into_others(toy, kind: str) -> None:
    source = toy.world(0, kind, "metaspace").source
    rows = [row for row in range(len(source)) if len(source.texts[row]) > 2]
    dropped = {source.tokens[row] for row in rows[::2]}
    texts = token_texts(source, rows)
    whole, cut = split_tokens(source, texts), split_tokens(source, texts, dropped)
    unused = {source.ids[token] for token in dropped}
    assert any(unused & set(pieces) for pieces in whole)
    assert not any(unused & set(pieces) for pieces in cut)
    # What has no dropped token in it is cut as before; a merge may need one that is no piece.
    same = [new == old for new, old in zip(cut, whole, strict=True) if not unused & set(old)]
    assert np.mean(same) > (0.5 if kind == "bytes" else 0.9)
    if kind != "wordpiece":  # whose pieces inside of a word have a mark of their own
        for text, pieces in zip(texts, cut, strict=True):
            assert "".join(source.canonical[piece] for piece in pieces) == text


def test_merges_in_both_spellings() -> None:
    vocabulary = {"a": 0, "b": 1, "ab": 2}
    for merges in (["a b"], [["a", "b"]]):
        model = {"type": "BPE", "vocab": vocabulary, "merges": merges, "ignore_merges": True}
        smaller = without_tokens(model, {"ab"})
        assert smaller["merges"] == [] and smaller["vocab"] == vocabulary
        assert smaller["ignore_merges"] is False and model["ignore_merges"] is True
    marked = {"type": "BPE", "merges": [["a", "##b"]], "continuing_subword_prefix": "##"}
    assert without_tokens(marked, {"ab"})["merges"] == []


def test_unlikely_pieces_stay_pieces() -> None:
    model = {"type": "Unigram", "vocab": [["<unk>", 0.0], ["a", -2.0], ["aa", -1.0]]}
    smaller = without_tokens(model, {"aa"})
    assert [token for token, _ in smaller["vocab"]] == ["<unk>", "a", "aa"]
    assert smaller["vocab"][2][1] < -1000 and smaller["vocab"][1] == ["a", -2.0]


def test_words_of_a_word_level_model_are_gone(tmp_path: Path) -> None:
    model = {"type": "WordLevel", "vocab": {"a": 0, "b": 1}, "unk_token": "a"}
    assert without_tokens(model, {"b"})["vocab"] == {"a": 0}
