"""Rows of text for a model and its teacher."""

from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.config.distillation import SourceDistillation
from lingraft.corpus.token_files import Specials
from lingraft.errors import InputError
from lingraft.training.snippets import (
    Frame,
    Snippet,
    Snippets,
    _rows_within,
    collect,
    frames_of,
    tell,
)

WORDS = {word: number for number, word in enumerate(["?", ".", "ab", "ba", "abba", "b"])}
LETTERS = {letter: number for number, letter in enumerate("?.ab")}
NEW_V = np.array([False, False, False, False, True, True])


def tokenizer_of(vocabulary: dict[str, int], single: bool) -> Any:
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    spaces = pre_tokenizers.Whitespace()
    letters = pre_tokenizers.Split("", "isolated")
    backend.pre_tokenizer = pre_tokenizers.Sequence([spaces, letters]) if single else spaces
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="?", sep_token=".")


TOKENIZERS = tokenizer_of(WORDS, single=False), tokenizer_of(LETTERS, single=True)
FRAMES = frames_of(TOKENIZERS, 8, None)


def test_rows_hold_what_fits_in_both_vocabularies() -> None:
    ends_K2 = np.array([[1, 2], [2, 3], [4, 9], [5, 10], [6, 12]])
    assert list(_rows_within(ends_K2, np.array([10, 20]))) == [(0, 5)]
    assert list(_rows_within(ends_K2, np.array([2, 20]))) == [(0, 2), (2, 3), (3, 5)]
    assert list(_rows_within(ends_K2, np.array([10, 5]))) == [(0, 2), (3, 5)]  # 6 fit nowhere
    assert list(_rows_within(ends_K2[:0], np.array([10, 5]))) == []


def test_a_teachers_rows_have_at_most_its_positions() -> None:
    assert [frame.width for frame in frames_of(TOKENIZERS, 8, None)] == [8, 32]
    assert [frame.width for frame in frames_of(TOKENIZERS, 8, 20)] == [8, 20]


def collected(texts: list[str], **settings: Any) -> tuple[list[Snippet], list[int]]:
    rows, seen_V = collect(texts, TOKENIZERS, FRAMES, NEW_V, SourceDistillation(**settings))
    return rows, seen_V.tolist()


def test_rows_are_taken_while_a_new_token_is_rare() -> None:
    texts = ["ab ba", "abba ab", "ab ba ab", "abba b", "abba abba", "b b", "ab b"]
    rows, seen = collected(texts, snippets=2)
    assert seen[4:] == [2, 3]  # "abba abba" is not needed
    assert [row.ids_L.tolist() for row in rows] == [[4, 2, 1, 4, 5, 1, 5, 5]]
    assert pieces_of(rows[0]) == [[4, 2], [4, 5], [5, 5]]
    assert rows[0].teacher_ids_M.tolist() == [2, 3, 3, 2, 2, 3, 1, 2, 3, 3, 2, 3, 1, 3, 3]
    ends = [[1, 4], [2, 6], [3, 7], [4, 11], [5, 12], [6, 13], [7, 14], [8, 15]]
    assert rows[0].ends_K2.tolist() == ends
    assert sum(map(len, map(pieces_of, collected(texts, snippets=None)[0]))) == 7
    assert sum(map(len, map(pieces_of, collected(texts, snippets=2, documents=4)[0]))) == 2


def pieces_of(row: Snippet) -> list[list[int]]:
    """What is between the separators of a row."""
    words = " ".join(map(str, row.ids_L.tolist())).split(" 1 ")
    return [list(map(int, piece.split())) for piece in words]


def test_rows_are_filled_as_far_as_both_vocabularies_allow() -> None:
    settings = SourceDistillation(snippets=None)
    for most, expected in (
        (None, [[4, 1, 4, 1, 4], [4, 2]]),
        (9, [[4, 1, 4], [4], [4, 2]]),  # the teacher has no more positions
        (5, [[4], [4], [4], [4], [2]]),
    ):
        frames = frames_of(TOKENIZERS, 6, most)
        rows, _ = collect(["abba", "abba", "abba", "abba ab"], TOKENIZERS, frames, NEW_V, settings)
        assert [row.ids_L.tolist() for row in rows] == expected
        for row in rows:
            assert row.ends_K2[-1].tolist() == [len(row.ids_L), len(row.teacher_ids_M)]


def test_text_without_new_tokens(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InputError, match="none of the 2 new tokens is in the first 100000"):
        collected(["ab ba"])
    rows, seen = collected(["ab abba"])
    with caplog.at_level("INFO"):
        tell(rows, np.array(seen), NEW_V, TOKENIZERS[0])
    assert "1 rows with 1 of 2 new tokens; a pass reads 2 tokens and the teacher 6" in caplog.text
    assert "1 new tokens do not occur: b ..." in caplog.text


def test_batches_say_where_spans_are() -> None:
    framed = Specials(9, separator=1, prefix=(7,), suffix=(8, 8), pad=0)
    rows = [
        Snippet(np.array([2, 3]), np.array([2, 3, 3]), np.array([[1, 2], [2, 3]])),
        Snippet(np.array([4]), np.array([3]), np.array([[1, 1]])),
    ]
    data = Snippets(rows, (Frame(framed, 5), Frame(Specials(9, separator=1), 8)), 1)
    order = data.sampler.draw(np.arange(2)).rows_N.tolist()
    batch = data.batch(np.argsort(order))
    assert batch.ids_NL.tolist() == [[7, 2, 3, 8, 8], [7, 4, 8, 8, 0]]
    assert batch.real_NL is not None
    assert batch.real_NL.sum(1).tolist() == [5, 4]
    assert batch.positions_P.tolist() == [1, 2, 6]
    assert batch.targets_P.tolist() == [2, 3, 4]
    assert batch.spans_P is not None
    assert batch.spans_P.tolist() == [0, 1, 2]
    assert batch.teacher_ids_NM is not None
    assert batch.teacher_ids_NM.tolist() == [[2, 3, 3], [3, 1, 1]]
    assert batch.teacher_positions_Q is not None
    assert batch.teacher_positions_Q.tolist() == [0, 1, 2, 3]
    assert batch.teacher_spans_Q is not None
    assert batch.teacher_spans_Q.tolist() == [0, 0, 1, 2]
    assert batch.counts == (3, 0, 2, 10, 6)
    assert batch.counts.length == 5
