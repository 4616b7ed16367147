"""One training per state folder.

The kernel holds the lock (flock), so it goes with its process, however that ends. The file tells
who has it; a heartbeat tells machines that do not see each other's locks (some network file
systems) whether the owner lives.
"""

import fcntl
import json
import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from lingraft.errors import LingraftError

logger = logging.getLogger(__name__)

LOCK = "lock.json"
HEARTBEAT = "heartbeat-00000.json"
_FRESH_SECONDS = 120.0
_TAKEOVER_SECONDS = 300.0
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process.

    A training whose launcher was killed (its Snakemake is gone, it is not) is asked to save and
    stop, and its place is taken.

    Raises:
        LingraftError: another training has it, named by host and process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+") as stream:
        if not _try_lock(stream):
            _take_over(stream, folder)
        _refuse_distant_owner(stream, folder)
        _write_owner(stream)
        try:
            yield
        finally:
            stream.truncate(0)


def _try_lock(stream: TextIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_over(stream: TextIO, folder: Path) -> None:
    owner = _read_owner(stream)
    pid = owner.get("pid", 0)
    is_here = owner.get("host") == socket.gethostname() and pid != os.getpid()
    if not is_here or not is_orphan(pid):
        raise _taken(folder, owner)
    logger.warning("process %d has lost its launcher; asking it to save and stop", pid)
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _TAKEOVER_SECONDS
    while not _try_lock(stream):
        if time.monotonic() > deadline:
            raise _taken(folder, owner)
        time.sleep(0.2)


def _refuse_distant_owner(stream: TextIO, folder: Path) -> None:
    owner = _read_owner(stream)
    if not owner or owner.get("host") == socket.gethostname():
        return
    heartbeat = folder / HEARTBEAT
    if heartbeat.exists() and time.time() - heartbeat.stat().st_mtime < _FRESH_SECONDS:
        raise _taken(folder, owner)


def is_orphan(pid: int) -> bool:
    """Whether a process, or the shell that started it, has been left to init (Linux)."""
    parent = _parent(pid)
    if parent is None:
        return False
    return parent == 1 or (_name(parent) in _SHELLS and _parent(parent) == 1)


def _parent(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _write_owner(stream: TextIO) -> None:
    stream.truncate(0)
    job = os.environ.get("SLURM_JOB_ID", "")
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "slurm_job": job}
    stream.write(json.dumps(owner))
    stream.flush()


def _read_owner(stream: TextIO) -> dict[str, Any]:
    stream.seek(0)
    try:
        return dict(json.loads(stream.read()))
    except ValueError:
        return {}


def _taken(folder: Path, owner: dict[str, Any]) -> LingraftError:
    job = f", Slurm job {owner['slurm_job']}" if owner.get("slurm_job") else ""
    return LingraftError(
        f"{folder} is in use by process {owner.get('pid', 'unknown')} on "
        f"{owner.get('host', 'an unknown host')}{job}; wait for it, or stop it and run again"
    )
