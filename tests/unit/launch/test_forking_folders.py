"""Folders of servers do not stay, whoever was killed."""

import errno
import os
import resource
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lingraft.launch.forking.costs import leave_cost
from lingraft.launch.forking.folders import make_folder, remove_folder


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty place for temporary folders; names of sockets must be short."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


def test_what_killed_runs_have_left_is_removed_by_the_next(place: Path) -> None:
    """Only what is surely abandoned: no server that listens, begins, or is another machine's."""
    killed, living, young, elsewhere, strange = (make_folder() for _ in range(5))
    (elsewhere / "host").write_text("another-machine", "utf-8")
    (strange / "host").unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        with socket.socket(socket.AF_UNIX) as ended:
            ended.bind(str(killed / "socket"))
        listener.bind(str(living / "socket"))
        listener.listen()
        for folder in (killed, living, elsewhere, strange):
            os.utime(folder, (1e9, 1e9))
        new = make_folder()
    assert set(place.iterdir()) == {new, living, young, elsewhere, strange}


def test_what_an_interrupted_removal_has_left_is_removed(place: Path) -> None:
    ended = place / "lingraft-jobs-abc.ended"
    ended.mkdir()
    os.utime(ended, (1e9, 1e9))
    assert list(place.iterdir()) == [ended]
    new = make_folder()
    assert set(place.iterdir()) == {new}


def test_a_folder_that_cannot_be_read_stops_no_run(place: Path) -> None:
    strange = make_folder()
    (strange / "host").write_bytes(b"\xff")
    os.utime(strange, (1e9, 1e9))
    new = make_folder()
    assert set(place.iterdir()) == {new, strange}


def test_a_full_disk_keeps_no_folder(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without the name of its machine would never be removed."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(OSError, match="no space"):
        make_folder()
    assert not list(place.iterdir())


def test_a_job_that_ends_late_leaves_nothing(place: Path) -> None:
    folder = make_folder()
    (folder / "costs").mkdir()
    remove_folder(folder)
    leave_cost(folder / "costs", "job.log", resource.getrusage(resource.RUSAGE_SELF))
    remove_folder(folder)
    assert not list(place.iterdir())
