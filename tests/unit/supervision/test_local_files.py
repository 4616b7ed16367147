"""What of a local source Snakemake watches: names are taken literally, `keep` decides."""

import os
from pathlib import Path

import pytest

from lingraft.corpus.sources.local import LocalSource
from lingraft.supervision.local_files import plain, state_of_odd

ODD = [b"a{b}c.txt", b"<results>.txt", b"caf\xe9.txt", b"two\nlines.txt", b"{", b"tab\t.txt"]
PLAIN = ["a.txt", "deep/b.txt", "mit Leerzeichen.txt", "日本.txt", "it's.txt", "[x]*?.txt", "~.txt"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in PLAIN:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def source(folder: Path, *keep: str) -> LocalSource:
    return LocalSource(kind="local", path=str(folder), keep=keep)


def test_ordinary_names_are_watched_as_they_are(folder: Path) -> None:
    assert {str(p.relative_to(folder)) for p in plain(source(folder))} == set(PLAIN)
    assert state_of_odd(source(folder)) == ""


def test_keep_decides_what_is_watched(folder: Path) -> None:
    assert [path.name for path in plain(source(folder, "deep/*"))] == ["b.txt"]
    (folder / os.fsdecode(b"caf\xe9.md")).touch()
    assert state_of_odd(source(folder, "*.txt")) == ""


@pytest.mark.parametrize("name", ODD)
def test_other_names_are_watched_by_their_state(folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.write_text("1")
    assert path not in plain(source(folder))
    before = state_of_odd(source(folder))
    assert before
    assert state_of_odd(source(folder)) == before
    path.write_text("12")
    assert state_of_odd(source(folder)) != before


def test_what_is_not_there_is_left_to_the_program(tmp_path: Path) -> None:
    assert plain(source(tmp_path / "nothing")) == []
    assert state_of_odd(source(tmp_path / "nothing")) == ""
