"""Locks with and without a kernel that has them; a second process is a real one."""

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lingraft.locks import Lock, this_process

SYSTEMS = [None, errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP]


@pytest.fixture(params=SYSTEMS, ids=["flock", "ENOSYS", "ENOLCK", "EOPNOTSUPP"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock's path on a file system that has locks, or that refuses them in some way."""
    if request.param is not None:

        def refuse(handle: int, operation: int) -> None:
            raise OSError(request.param, os.strerror(request.param))

        monkeypatch.setattr(fcntl, "flock", refuse)
    return tmp_path / "made" / "a.lock"


def test_one_at_a_time_and_free_again(place: Path) -> None:
    first, second = Lock(place), Lock(place)
    assert first.try_acquire()
    assert not second.try_acquire()
    assert second.owner() == this_process()
    assert f"process {os.getpid()} on {socket.gethostname()}" in second.explain()
    first.release()
    with second.held():
        assert not first.try_acquire()
    assert first.try_acquire()


@pytest.mark.parametrize("started", [0.0, 12.0], ids=["number", "number came again"])
def test_a_claim_of_a_process_that_has_ended_is_taken(place: Path, started: float) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pid = os.getpid() if started else ended.pid
    _claim(place, {"host": socket.gethostname(), "pid": pid, "started": started})
    assert Lock(place).try_acquire()
    assert not list(place.parent.glob("*.owner.*"))


@pytest.mark.parametrize("place", [errno.ENOSYS], indirect=True)
@pytest.mark.parametrize(("age", "is_free"), [(1000, True), (0, False), (-10_000, False)])
def test_an_owner_elsewhere_is_believed_while_it_beats(
    place: Path, age: float, is_free: bool
) -> None:
    claim = _claim(place, {"host": "elsewhere", "pid": 7})
    now = time.time()
    os.utime(claim, (now - age, now - age))
    lock = Lock(place)
    assert lock.try_acquire() == is_free
    if not is_free:
        told = lock.explain()
        assert (
            "process 7 on elsewhere" in told
            and f"if that process has ended, delete {place}" in told
        )
        assert ("167 minutes ahead of this clock" in told) == (age < 0)


@pytest.mark.parametrize("place", [None], indirect=True)
def test_a_fresh_heartbeat_counts_more_than_a_kernel_that_sees_nothing(place: Path) -> None:
    heartbeat = place.with_name("beat")
    place.parent.mkdir()
    place.write_text(json.dumps({"host": "elsewhere", "pid": 7, "slurm_job": "3"}))
    heartbeat.touch()
    lock = Lock(place, heartbeat)
    assert not lock.try_acquire()
    assert "process 7 on elsewhere, Slurm job 3" in lock.explain()
    os.utime(heartbeat, (1, 1))
    assert lock.try_acquire()


@pytest.mark.parametrize("place", [None, errno.ENOSYS], indirect=True, ids=["flock", "ENOSYS"])
def test_a_lock_is_kept_by_the_program_that_a_process_becomes(place: Path) -> None:
    becomes = (
        "import os, sys, pathlib, fcntl, errno\n"
        "from lingraft.locks import Lock\n"
        "def refuse(handle, operation): raise OSError(errno.ENOSYS, 'no')\n"
        "if sys.argv[2] == 'True': fcntl.flock = refuse\n"
        "lock = Lock(pathlib.Path(sys.argv[1])); assert lock.try_acquire(); lock.keep()\n"
        "os.execv(sys.executable, [sys.executable, '-c', 'print(flush=True); input()'])\n"
    )
    is_refused = "refuse" in repr(fcntl.flock)
    with subprocess.Popen(
        [sys.executable, "-c", becomes, str(place), str(is_refused)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert not Lock(place).try_acquire()
        holder.kill()
    assert Lock(place).try_acquire()


def test_other_errors_are_not_taken_for_missing_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int, operation: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(OSError, match="broken"):
        Lock(tmp_path / "a").try_acquire()


def _claim(place: Path, owner: dict[str, object]) -> Path:
    place.parent.mkdir()
    claim = place.with_name(f"{place.name}.owner")
    claim.write_text(json.dumps(owner))
    return claim
