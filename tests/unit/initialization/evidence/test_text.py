"""Counts of tokens: what initializations share is what each would count."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.initialization.evidence.text import digests_of, token_counts
from lingraft.tokenizers.token_table import TokenTable

WORDS = ("a", "b", "c")


def table(words: tuple[str, ...] = WORDS) -> TokenTable:
    vocabulary = {"[UNK]": 0} | {word: index + 1 for index, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return TokenTable(PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]"))


def corpus(folder: Path, *lines: str) -> Path:
    with new_artifact(folder, "corpus", facts={"language": "swh_Latn"}) as staging:
        write_lines(staging / "train.jsonl.zst", [Document(line, line) for line in lines])
    return folder


def test_kept_counts_follow_the_text_and_the_tokenizer(tmp_path: Path) -> None:
    first, kept = corpus(tmp_path / "first", "a a b", "c z"), tmp_path / "kept"
    second = corpus(tmp_path / "second", "b")
    for corpora in ([first], [second], [first, second], [second, first]):
        for words in (WORDS, WORDS[::-1], ("a",)):
            expected_V = token_counts(table(words), corpora)
            for _ in range(2):
                np.testing.assert_array_equal(token_counts(table(words), corpora, kept), expected_V)
    assert token_counts(table(), [first]).tolist() == [1, 2, 1, 1]


def test_kept_counts_are_read_and_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, kept = corpus(tmp_path / "own", "a b a"), tmp_path / "kept"
    expected_V = token_counts(table(), [own], kept)
    monkeypatch.setattr("lingraft.initialization.evidence.text.encoded", None)
    np.testing.assert_array_equal(token_counts(table(), [own], kept), expected_V)


def test_files_that_nothing_vouches_for_are_counted_each_time(tmp_path: Path) -> None:
    path, kept = tmp_path / "own.jsonl.zst", tmp_path / "kept"
    write_lines(path, [Document("1", "a a")])
    assert token_counts(table(), [path], kept).tolist() == [0, 2, 0, 0]
    write_lines(path, [Document("1", "b")])
    assert token_counts(table(), [path], kept).tolist() == [0, 0, 1, 0]
    assert digests_of([path]) is None and not kept.exists()
