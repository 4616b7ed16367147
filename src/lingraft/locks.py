"""Locks for every file system: the kernel's, or an owner's file where it has none.

The kernel's lock (flock) goes with its process, however that ends. Some network file systems lack
it (Lustre without `-o flock`, NFS without lockd): there a file that can be made only once names the
owner. An owner on this machine is alive if its process is. An owner on another machine, whose
kernel locks may not be visible here either, is taken for alive while its heartbeat is fresh.
"""

import errno
import fcntl
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

logger = logging.getLogger(__name__)

FRESH_SECONDS = 120.0  # without a heartbeat, after which an owner on another machine is given up
_BEAT_SECONDS = 30.0
_POLL_SECONDS = 0.2
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP})


@dataclass(frozen=True)
class Owner:
    """The process that has a lock."""

    host: str
    pid: int
    started: float = 0.0  # seconds since 1970: numbers of processes come again
    slurm_job: str = ""

    def __str__(self) -> str:
        job = f", Slurm job {self.slurm_job}" if self.slurm_job else ""
        return f"process {self.pid} on {self.host}{job}"

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def has_ended(self) -> bool:
        """Whether a process of this machine has ended."""
        try:
            began = psutil.Process(self.pid).create_time()
        except psutil.Error:
            return True
        # Numbers of processes are used again: another start is another process. psutil computes the
        # start from the boot time, which corrections of the clock move a little.
        return bool(self.started) and abs(began - self.started) > 1.0


def this_process() -> Owner:
    """The owner that this process is, and stays when it becomes another program."""
    began = psutil.Process().create_time()
    return Owner(socket.gethostname(), os.getpid(), began, os.environ.get("SLURM_JOB_ID", ""))


class Lock:
    """A file that one process at a time can lock."""

    def __init__(self, path: Path, heartbeat: Path | None = None) -> None:
        """Nothing is locked yet.

        Args:
            path: the file; it stays, and names the owner.
            heartbeat: the file by whose time stamp the owner shows other machines that it lives;
                with one, a fresh owner on another machine is believed even where the kernel grants
                the lock.
        """
        self.path = path
        self._claim = path.with_name(f"{path.name}.owner")
        self._heartbeat = heartbeat
        self._handle: int | None = None
        self._is_claimed = False

    def try_acquire(self) -> bool:
        """Take the lock if it is free; whether this process has it now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Without O_TRUNC: the file may name the owner that has the lock now.
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not (self._lock(handle) and not self._is_held_elsewhere()):
                os.close(handle)
                return False
            self._handle = handle
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(asdict(this_process())).encode(), 0)
        except BaseException:
            os.close(handle)
            raise
        return True

    def acquire(self) -> None:
        """Wait until the lock is free, and take it; a long wait logs the owner."""
        begun, is_logged = time.monotonic(), False
        while not self.try_acquire():
            if not is_logged and time.monotonic() - begun > FRESH_SECONDS:
                logger.warning("%s %s", self.path, self.explain())
                is_logged = True
            time.sleep(_POLL_SECONDS)

    def release(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            # The file stays. If it were deleted, one process could lock the deleted file and
            # another one a new file of the same name.
            os.ftruncate(self._handle, 0)
            if self._is_claimed:
                self._claim.unlink(missing_ok=True)
                self._is_claimed = False
            os.close(self._handle)
            self._handle = None

    def keep(self) -> None:
        """Keep the lock in the program that this process becomes, too."""
        if self._handle is not None:
            # Python opens files with close-on-exec. The kernel's lock belongs to the open file, and
            # ends when the last process closes it.
            os.set_inheritable(self._handle, True)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock and keep it; if a claim file replaces the kernel's lock, a thread
        touches it."""
        self.acquire()
        ended = threading.Event()
        thread = threading.Thread(target=self._beat, args=(ended,), daemon=True)
        if self._is_claimed:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            if thread.is_alive():
                thread.join()
            self.release()

    def owner(self) -> Owner | None:
        """Who has it, or had it last; None where nothing says so."""
        for path in (self._claim, self.path):
            if owner := _read(path):
                return owner
        return None

    def explain(self) -> str:
        """Why it cannot be had and the way out, to follow the name of what is locked."""
        owner = self.owner()
        said = f"is in use by {owner or 'an unknown process'}"
        if owner is None or owner.is_here:
            return f"{said}; wait for it, or stop it and run again"
        ahead = -self._age()
        if ahead > 1.0:
            said += f", whose heartbeat is dated {ahead / 60:,.0f} minutes ahead of this clock"
        files = [self.path, self._claim] if self._claim.exists() else [self.path]
        return (
            f"{said}; wait for it, or stop it and run again; if that process has ended, delete "
            f"{' and '.join(map(str, files))}"
        )

    def _lock(self, handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            _warn_once(self.path.parent, error)
            self._is_claimed = self._make_claim()
            return self._is_claimed
        return True

    def _is_held_elsewhere(self) -> bool:
        """Whether a machine whose kernel locks are not seen here has it."""
        if self._heartbeat is None or self._is_claimed:
            return False
        owner = _read(self.path)
        return owner is not None and not owner.is_here and self._is_fresh()

    def _make_claim(self) -> bool:
        # The second attempt follows after the claim of a dead owner is cleared.
        for _ in range(2):
            try:
                # O_EXCL makes the creation fail if the file exists, in one atomic step.
                handle = os.open(self._claim, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                seen = _content(self._claim)
                owner = _parse(seen)
                if not owner.has_ended if owner and owner.is_here else self._is_fresh():
                    return False
                _clear(self._claim, seen)
            else:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    json.dump(asdict(this_process()), stream)
                return True
        return False

    def _is_fresh(self) -> bool:
        return self._age() < FRESH_SECONDS

    def _age(self) -> float:
        """Seconds since the last sign of life; below 0 where its clock is ahead of ours."""
        signs = [path for path in (self._heartbeat, self._claim) if path and path.exists()]
        if not signs:
            return float("inf")
        return time.time() - max(path.stat().st_mtime for path in signs)

    def _beat(self, ended: threading.Event) -> None:
        while not ended.wait(_BEAT_SECONDS):
            os.utime(self._claim)


def _read(path: Path) -> Owner | None:
    return _parse(_content(path))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parse(content: bytes) -> Owner | None:
    try:
        said: dict[str, Any] = json.loads(content)
        known = {key: said[key] for key in Owner.__dataclass_fields__ if key in said}
        return Owner(**known)
    except (ValueError, TypeError):
        return None


def _clear(claim: Path, seen: bytes) -> None:
    """Remove the claim of an owner that has ended, but not one that took its place meanwhile."""
    aside = claim.with_name(f"{claim.name}.{socket.gethostname()}.{os.getpid()}")
    try:
        # rename is atomic: of several processes that clear the claim, one gets the file.
        claim.rename(aside)
    except FileNotFoundError:
        return
    # Another process has claimed the lock since we read it. os.link puts its claim back, and fails
    # if there is a still newer one.
    if _content(aside) != seen:
        try:
            os.link(aside, claim)
        except FileExistsError:
            logger.debug("%s has a new owner", claim)
    aside.unlink()


_warned: set[Path] = set()


def _warn_once(folder: Path, error: OSError) -> None:
    if folder not in _warned:
        _warned.add(folder)
        reason = error.strerror
        logger.warning("%s: the file system has no locks (%s); a file is one", folder, reason)
