"""Texts of a folder: a draw by their ids, and what bad lines say."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.artifacts import digest_file, new_artifact
from lingraft.corpus.documents import Document, write_lines
from lingraft.corpus.records import (
    check_records,
    digest_records,
    draw,
    held_out_documents,
    read_texts,
)
from lingraft.errors import ArtifactError, InputError


@given(st.sets(st.text(min_size=1, max_size=8), min_size=1), st.integers(1, 10), st.integers())
def test_a_draw_depends_on_the_ids_alone(ids: set[str], count: int, seed: int) -> None:
    items = [Document(i, "text") for i in sorted(ids)]
    shuffled = random.Random(seed).sample(items, len(items))
    chosen = draw(shuffled, count)
    assert chosen == draw(items, count) == draw(iter(items), count)
    assert len(chosen) == min(count, len(items))
    more = draw(items, count + 1)
    assert all(item in more for item in chosen)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "valid.jsonl").write_text('{"id": "1", "text": "a"}\n{"id": \n')
    with pytest.raises(InputError, match=r"valid\.jsonl, line 2"):
        read_texts(tmp_path)


def test_a_file_is_checked_alone(tmp_path: Path) -> None:
    with new_artifact(tmp_path / "corpus", "corpus") as staging:
        for stem in ("train", "valid"):
            (staging / f"{stem}.jsonl").write_text(f'{{"text": "{stem}"}}\n')
    train, valid = (tmp_path / "corpus" / f"{stem}.jsonl" for stem in ("train", "valid"))
    valid.write_text("")
    for told in (check_records, digest_records):
        assert told(tmp_path / "corpus", "train") == digest_file(train)
    with pytest.raises(ArtifactError, match=r"valid\.jsonl"):
        check_records(tmp_path / "corpus", "valid")
    with pytest.raises(InputError, match=r"has neither test\.jsonl\.zst"):
        check_records(tmp_path / "corpus", "test")
    (tmp_path / "plain").mkdir()
    train.rename(tmp_path / "plain" / "train.jsonl")
    assert check_records(tmp_path / "plain", "train") is None
    digest = digest_file(tmp_path / "plain" / "train.jsonl")
    assert digest_records(tmp_path / "plain", "train") == digest


def test_held_out_documents_are_a_draw_without_blanks(tmp_path: Path) -> None:
    """Plain or compressed, the same documents."""
    documents = [Document(str(number), f"text {number}" * (number % 3)) for number in range(9)]
    (tmp_path / "plain").mkdir()
    lines = [json.dumps({"id": each.id, "text": each.text}) + "\n" for each in documents]
    (tmp_path / "plain" / "valid.jsonl").write_text("".join(lines))
    write_lines(tmp_path / "packed" / "valid.jsonl.zst", documents)
    for count in (4, None):
        found = held_out_documents(tmp_path / "plain", count)
        assert found == held_out_documents(tmp_path / "packed", count)
        assert found == [each for each in draw(documents, count) if each.text]
