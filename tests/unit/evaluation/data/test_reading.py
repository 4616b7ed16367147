"""Reading evaluation data: joins, draws, and what bad input says."""

from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation_samples import write_records

from lingraft.artifacts import new_artifact
from lingraft.corpus.documents import Document, Pair, write_lines
from lingraft.errors import ArtifactError, InputError
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


def test_a_part_of_an_artifact_is_checked_by_its_manifest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Fine-tuning reads one language of a dataset."""
    with new_artifact(tmp_path / "claims", "dataset") as staging:
        write_records(staging / "eng_Latn" / "test.jsonl", [{"text": "a", "label": "x"}])
    caplog.set_level("INFO")
    before = digest_of(tmp_path / "claims" / "eng_Latn")
    assert "without a check" not in caplog.text
    write_records(tmp_path / "plain" / "test.jsonl", [{"text": "a", "label": "x"}])
    assert digest_of(tmp_path / "plain") == before  # stored fine-tunings stay current
    write_records(tmp_path / "claims" / "eng_Latn" / "test.jsonl", [{"text": "b", "label": "x"}])
    with pytest.raises(ArtifactError, match=r"test\.jsonl"):
        digest_of(tmp_path / "claims" / "eng_Latn")
