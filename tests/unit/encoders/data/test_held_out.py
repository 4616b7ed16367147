"""Which texts are held out."""

import json
from pathlib import Path

import pytest
from tests.shifted_normalizer import Shift, declare

from lingraft.corpus.normalizing import TextDoor, mark_of
from lingraft.encoders.data.held_out import held_out_texts
from lingraft.errors import InputError


def write(path: Path, *records: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


def test_of_a_corpus_the_held_out_documents_and_of_a_dataset_all_but_training(
    tmp_path: Path,
) -> None:
    write(tmp_path / "train.jsonl", {"id": "1", "text": "seen"})
    write(tmp_path / "valid.jsonl", {"id": "2", "text": "held out", "metadata": {"title": "no"}})
    write(tmp_path / "swh_Latn" / "test.jsonl", {"premise": "a", "hypothesis": "b", "label": "c"})
    write(tmp_path / "swh_Latn" / "valid.jsonl", {"words": ["d", "e"], "tags": ["X", "Y"]})
    assert sorted(held_out_texts(tmp_path)) == ["a", "b", "d e", "held out"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is missing, and its held-out texts must not"):
        list(held_out_texts(tmp_path / "nowhere"))


def test_held_out_texts_are_also_written_as_the_training_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = TextDoor(mark_of(declare(monkeypatch)), "examples")
    write(tmp_path / "hin_Deva" / "pairs.jsonl", {"source": "page", "target": "कख"})
    write(tmp_path / "eng_Latn" / "test.jsonl", {"text": "क"})
    found = sorted(held_out_texts(tmp_path, door))
    assert found == sorted(["page", "page", "कख", Shift().normalize("कख"), "क", "क"])
    assert sorted(held_out_texts(tmp_path, TextDoor({}, "examples"))) == ["page", "क", "कख"]
