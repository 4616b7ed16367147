"""Reading evaluation data: joins, draws, and what bad input says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_samples import write_records

from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.errors import InputError
from lingraft.evaluation.data.digests import digest_of
from lingraft.evaluation.data.reading import held_out_pairs, read_examples, without_repeats


def test_pairs_are_joined_on_ids_and_leave_out_texts_with_gaps(tmp_path: Path) -> None:
    pivot, target = tmp_path / "pivot", tmp_path / "target"
    write_lines(
        pivot / "valid.jsonl.zst",
        [Document("b", "two"), Document("a", "one"), Document("c", "free {}", {"gaps": 1})],
    )
    write_lines(
        target / "valid.jsonl.zst",
        [Document("a", "moja"), Document("c", "bure"), Document("b", "mbili"), Document("d", "x")],
    )
    assert held_out_pairs(target, pivot) == [Pair("a", "one", "moja"), Pair("b", "two", "mbili")]


def test_pairs_may_come_in_a_file_of_their_own(tmp_path: Path) -> None:
    write_records(tmp_path / "pairs.jsonl", [{"id": "1", "source": "one", "target": "moja"}])
    assert held_out_pairs(tmp_path, None) == [Pair("1", "one", "moja")]
    assert held_out_pairs(tmp_path / "none", None) == []


def test_repeated_texts_have_no_single_translation() -> None:
    pairs = [Pair("1", "Close", "Funga"), Pair("2", "Shut", "Funga"), Pair("3", "Open", "Fungua")]
    assert [pair.id for pair in without_repeats(pairs)] == ["3"]


def test_a_missing_key_and_a_missing_file_are_named(tmp_path: Path) -> None:
    write_records(tmp_path / "test.jsonl", [{"text": "a", "lable": "x"}])
    with pytest.raises(InputError, match='"label"'):
        read_examples(tmp_path, "test")
    with pytest.raises(InputError, match=r"neither dev\.jsonl\.zst nor dev\.jsonl"):
        read_examples(tmp_path, "dev")


def test_the_digest_follows_the_content(make_corpus: Callable[..., Path], tmp_path: Path) -> None:
    corpus = make_corpus("c", {"1": "a"})
    before = digest_of(corpus)
    assert digest_of(corpus) == before
    make_corpus("c", {"1": "b"})
    assert digest_of(corpus) != before
    assert digest_of(corpus / "valid.jsonl") != digest_of(corpus)
    with pytest.raises(InputError, match="empty"):
        digest_of(tmp_path / "nothing")
