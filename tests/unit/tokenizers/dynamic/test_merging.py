"""The merges of a batch equal their definition: count all pairs anew, merge the best one, again."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.tokenizers.merged_rows import merged
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from lingraft.tokenizers.dynamic.boundaries import Boundaries, spaces_before
from lingraft.tokenizers.dynamic.merging import merge_batch
from lingraft.tokenizers.loading import load_tokenizer

LETTERS = ["a", "b", "c", "ab", "|"]
LIMIT = LETTERS.index("|")
ROWS = st.lists(st.lists(st.integers(0, 4), max_size=14), max_size=6)


@dataclass(frozen=True)
class Anything:
    """All but `|` may be merged, unless a string would be too long."""

    tokens = LETTERS
    first_free = len(LETTERS)
    longest: int = 99

    def between(self, left, right, is_spaced=None):
        return LIMIT in (left, right)

    def allow(self, left, right):
        return len(left + right) <= self.longest

    def join(self, left, right):
        return left + right

    def token_of(self, text):
        return LETTERS.index(text) if text in LETTERS else None


def counted_anew(rows, may, join, most):
    """The algorithm as the paper has it, on strings; the rows and how many merges were made."""
    rows, done = [list(row) for row in rows], 0
    while done < most:
        counts = Counter()
        for row in rows:
            counts.update(pair for pair in pairwise(row) if may(*pair))
        if not counts:
            break
        best = max(counts, key=counts.get)  # the first of them, in order of appearance
        rows = [merged(row, best, join(*best)) for row in rows]
        done += 1
    return rows, done


def spelled(batch, tokens):
    """The rows of a batch as strings."""
    names = [*tokens[: batch.first], *(each.text for each in batch.strings)]
    return [[names[unit] for unit in row] for row in batch.rows]


@given(ROWS, st.integers(0, 12), st.integers(2, 9))
def test_they_are_what_counting_anew_gives(rows, most, longest) -> None:
    batch = merge_batch(rows, Anything(longest), most)
    texts = [[LETTERS[unit] for unit in row] for row in rows]

    def may(a, b):
        return "|" not in (a, b) and len(a + b) <= longest

    expected, done = counted_anew(texts, may, str.__add__, most)
    assert spelled(batch, LETTERS) == expected
    assert batch.merges == done


@given(ROWS, st.integers(0, 30))
def test_units_cover_the_tokens_that_were_given(rows, most) -> None:
    batch = merge_batch(rows, Anything(), most)
    for row, units, starts in zip(rows, batch.rows, batch.starts, strict=True):
        ends = [*starts[1:], len(row)] if row else []
        for unit, start, end in zip(units, starts, ends, strict=True):
            covered = "".join(LETTERS[token] for token in row[start:end])
            assert "".join(LETTERS[piece] for piece in batch.pieces_of(unit)) == covered


@given(ROWS)
def test_without_a_limit_nothing_is_left_to_merge(rows) -> None:
    batch = merge_batch(rows, Anything(), None)
    again = merge_batch(rows, Anything(), 10_000)
    assert (batch.rows, batch.merges) == (again.rows, again.merges)
    for row in batch.rows:
        assert all(LIMIT in pair for pair in pairwise(row))


def test_of_equally_frequent_pairs_the_first_one_is_merged() -> None:
    batch = merge_batch([[1, 2], [0, 2], [0, 2, 4, 1, 2]], Anything(), 1)
    assert spelled(batch, LETTERS) == [["bc"], ["a", "c"], ["a", "c", "|", "bc"]]


def test_a_string_that_is_a_token_is_that_token() -> None:
    batch = merge_batch([[0, 1, 3]], Anything(2), None)
    assert batch.rows == [[3, 3]]
    assert not batch.strings


def test_no_merges_leave_the_rows_as_they_are() -> None:
    rows = [[0, 1, 0, 1], [], [4, 4]]
    batch = merge_batch(rows, Anything(), 0)
    assert batch.rows == rows
    assert batch.starts == [[0, 1, 2, 3], [], [0, 1]]
    assert batch.merges == 0


def test_a_negative_number_of_merges_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 is not a valid number of merges"):
        merge_batch([[0]], Anything(), -1)


def encoded(folder, texts):
    """A tokenizer, rows of ids with special tokens, the spaces before them, the encodings."""
    tokenizer = load_tokenizer(folder)
    encodings = tokenizer.backend_tokenizer.encode_batch(texts)
    return tokenizer, [e.ids for e in encodings], spaces_before(encodings, texts), encodings


@pytest.mark.parametrize("algorithm", ["unigram", "bpe", "wordpiece"])
@pytest.mark.parametrize("boundary", ["pretokens", "words", "hyphenated_words"])
def test_real_vocabularies_merge_as_counting_anew_says(
    trained, swahili, algorithm, boundary
) -> None:
    tokenizer, rows, spaced, _ = encoded(trained[algorithm], swahili[:12])
    rules = Boundaries(tokenizer, boundary)
    limit = "\0"  # stands where the vocabulary itself has no mark of a limit
    texts = [
        [
            part
            for column, token in enumerate(row)
            for part in (
                [limit] * (column > 0 and rules.between(row[column - 1], token, flags[column]))
                + [rules.tokens[token]]
            )
        ]
        for row, flags in zip(rows, spaced, strict=True)
    ]

    def may(a, b):
        return limit not in (a, b) and rules.allow(a, b)

    for most in (7, 40):
        batch = merge_batch(rows, rules, most, spaced)
        expected, done = counted_anew(texts, may, rules.join, most)
        assert batch.merges == done
        assert spelled(batch, rules.tokens) == [[t for t in row if t != limit] for row in expected]


@pytest.mark.parametrize("algorithm", ["unigram", "bpe", "wordpiece"])
def test_unlimited_merges_end_at_the_pretokens(trained, swahili, algorithm) -> None:
    tokenizer, rows, spaced, encodings = encoded(trained[algorithm], swahili)
    batch = merge_batch(rows, Boundaries(tokenizer, "pretokens"), None, spaced)
    for encoding, starts in zip(encodings, batch.starts, strict=True):
        words, special = encoding.word_ids, encoding.special_tokens_mask
        begins = [
            place
            for place in range(len(words))
            if special[place] or place == 0 or words[place] != words[place - 1]
        ]
        assert starts == begins


# From the authors' class (github.com/DariusFeher/dynamic-tokenization, 6686e72), with `<s>` before
# each of the 636 texts and the byte-level BPE of these tests: merges asked for, merges made, tokens
# left, and the beginning of the SHA-256 of all of them as JSON. It was run beside this code on
# 2026-11-27, also on 400 random batches with halves of characters and white space.
AUTHORS = {
    "pretokens": [
        (0, 0, 8796, "cc66f9ba34550f8a"), (10, 10, 8366, "0986e7598bab85a4"),
        (50, 50, 7270, "1e8ff12ff86a0777"), (200, 200, 5015, "c79566389fd631ab"),
        (None, 269, 4594, "4c8482246d73159f"),
    ],
    "words": [
        (10, 10, 8259, "e3a782dc239064b8"), (50, 50, 6991, "8e440653226f5eec"),
        (200, 200, 4589, "0d717647b6baac7a"), (None, 314, 3863, "12ec75f8da4e27d9"),
    ],
    "hyphenated_words": [
        (200, 200, 5015, "c79566389fd631ab"), (None, 271, 4578, "f530b94889f65c06"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("boundary", AUTHORS)
def test_the_authors_class_gave_the_same(trained, swahili, boundary) -> None:
    tokenizer = load_tokenizer(trained["bpe"])
    encodings = tokenizer.backend_tokenizer.encode_batch(swahili, add_special_tokens=False)
    rows = [[tokenizer.cls_token_id, *encoding.ids] for encoding in encodings]
    rules = Boundaries(tokenizer, boundary)
    for most, made, left, digest in AUTHORS[boundary]:
        batch = merge_batch(rows, rules, most)
        assert (batch.merges, sum(map(len, batch.rows))) == (made, left)
        content = json.dumps(spelled(batch, rules.tokens)).encode()
        assert hashlib.sha256(content).hexdigest()[:16] == digest


def test_halves_of_a_character_are_merged(trained) -> None:
    """They have no text that a boundary could be asked about."""
    tokenizer, rows, _, _ = encoded(trained["bpe"], ["a中b中"])
    batch = merge_batch(rows, Boundaries(tokenizer, "pretokens"), 1)
    (new,) = batch.strings
    assert len(new.text) == 2
    assert len(batch.rows[0]) == len(rows[0]) - 2


def test_words_of_wordpiece_end_at_white_space_alone(trained) -> None:
    tokenizer, rows, spaced, _ = encoded(trained["wordpiece"], ["kitabu,kitabu. kitabu"])
    found = {}
    for boundary in ("pretokens", "words", "sentences"):
        rules = Boundaries(tokenizer, boundary)
        (found[boundary],) = spelled(merge_batch(rows, rules, None, spaced), rules.tokens)
    assert found["pretokens"] == ["[CLS]", "kitabu", ",", "kitabu", ".", "kitabu", "[SEP]"]
    assert found["words"] == ["[CLS]", "kitabu,kitabu.", "kitabu", "[SEP]"]
    assert found["sentences"] == ["[CLS]", "kitabu , kitabu . kitabu", "[SEP]"]


def test_a_hyphen_is_the_only_punctuation_that_a_word_takes(trained) -> None:
    tokenizer, rows, _, _ = encoded(trained["bpe"], ["mama-mtoto, baba."])
    found = {
        boundary: spelled(
            merge_batch(rows, rules := Boundaries(tokenizer, boundary), None), rules.tokens
        )
        for boundary in ("words", "hyphenated_words", "pretokens")
    }
    assert found["words"] == [["<s>", "mama-mtoto,", "Ġbaba.", "</s>"]]
    assert found["hyphenated_words"] == [["<s>", "mama-mtoto", ",", "Ġbaba", ".", "</s>"]]
    assert found["pretokens"] == [["<s>", "mama", "-", "mtoto", ",", "Ġbaba", ".", "</s>"]]
    sentences = Boundaries(tokenizer, "sentences")
    whole = spelled(merge_batch(rows, sentences, None), sentences.tokens)
    assert whole == [["<s>", "mama-mtoto,Ġbaba.", "</s>"]]


@given(ROWS, st.integers(0, 12))
def test_only_strings_that_are_left_are_kept(rows, most) -> None:
    """The steps to a long string are as many as it has tokens, and each needs a row."""
    batch = merge_batch(rows, Anything(), most)
    used = {unit - batch.first for row in batch.rows for unit in row if unit >= batch.first}
    assert used == set(range(len(batch.strings)))


def test_a_word_that_is_spelled_as_a_piece_begins_a_word(trained) -> None:
    """A tag belongs to it, so nothing is merged with what precedes it."""
    tokenizer = load_tokenizer(trained["wordpiece"])
    for boundary in ("pretokens", "words", "hyphenated_words"):
        rules = Boundaries(tokenizer, boundary)
        names = enumerate(rules.tokens)
        piece = next(number for number, name in names if name.startswith("##"))
        word = tokenizer.convert_tokens_to_ids("kitabu")
        assert merge_batch([[word, piece]], rules, None, [[True, True]]).rows == [[word, piece]]
        assert merge_batch([[word, piece]], rules, None, [[True, False]]).merges == 1


def test_a_first_character_of_several_tokens_has_no_space_inside() -> None:
    """Normalizers make several tokens of one character, all of which begin where it does."""
    backend = Tokenizer(models.WordPiece({"[UNK]": 0, "f": 1, "##i": 2, "a": 3}))
    backend.normalizer, backend.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.WhitespaceSplit()
    encoding = backend.encode("\ufb01 a")
    assert encoding.tokens == ["f", "##i", "a"]
    assert spaces_before([encoding], ["\ufb01 a"]) == [[True, False, True]]
