"""One training per state folder.

The lock is that of `lingraft.locks`, with the watchdog's heartbeat. A training whose
launcher was killed is asked to save and stop.
"""

import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lingraft.errors import LingraftError
from lingraft.locks import Lock

logger = logging.getLogger(__name__)

LOCK = "lock.json"
HEARTBEAT = "heartbeat-00000.json"
_TAKEOVER_SECONDS = 300.0
_SHELLS = frozenset({"sh", "bash", "dash", "zsh"})


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process.

    If only the launcher of a training was killed (its Snakemake), the training is asked to save and
    stop, and this process takes its place.

    Raises:
        LingraftError: another training has it, named by host and process.
    """
    lock = Lock(folder / LOCK, heartbeat=folder / HEARTBEAT)
    if not lock.try_acquire():
        _take_over(lock, folder)
    try:
        yield
    finally:
        lock.release()


def _take_over(lock: Lock, folder: Path) -> None:
    owner = lock.owner()
    if owner is None or not owner.is_here or owner.pid == os.getpid() or not is_orphan(owner.pid):
        raise LingraftError(f"{folder} {lock.explain()}")
    logger.warning("process %d lost its launcher; asking it to save and stop", owner.pid)
    os.kill(owner.pid, signal.SIGTERM)
    deadline = time.monotonic() + _TAKEOVER_SECONDS
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise LingraftError(f"{folder} {lock.explain()}")
        time.sleep(0.2)


def is_orphan(pid: int) -> bool:
    """Whether a process, or the shell that started it, has been left to init (Linux)."""
    parent = _parent(pid)
    if parent is None:
        return False
    # Snakemake starts a rule in a shell. If Snakemake is killed, the shell is the orphan, and the
    # training is still the shell's child.
    return parent == 1 or (_name(parent) in _SHELLS and _parent(parent) == 1)


def _parent(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
