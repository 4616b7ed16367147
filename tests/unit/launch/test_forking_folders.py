"""Folders of servers do not stay, whoever was killed."""

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


def test_a_job_that_ends_late_leaves_nothing(place: Path) -> None:
    folder = make_folder()
    (folder / "costs").mkdir()
    remove_folder(folder)
    leave_cost(folder / "costs", "job.log", resource.getrusage(resource.RUSAGE_SELF))
    remove_folder(folder)
    assert not list(place.iterdir())
