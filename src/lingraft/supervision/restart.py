"""Start Snakemake again after it was killed: what `make run` does that plain `snakemake` does not.

A killed Snakemake leaves its lock, and its jobs alive. Before a new one starts here, jobs that the
dead one left behind on this machine are stopped (a training saves and exits), and the stale lock is
removed. A run that is alive, here or on another machine, is never touched.
"""

import json
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import psutil

from lingraft.artifacts import write_json
from lingraft.errors import LingraftError
from lingraft.launch.signals import die_with_parent
from lingraft.launch.slurm import stop_jobs_of, without_waiting
from lingraft.locks import Lock
from lingraft.supervision.request import require_cache

logger = logging.getLogger(__name__)

_OWNER = Path(".snakemake") / "lingraft-run.json"
_LOCKS = Path(".snakemake") / "locks"
_START = Path(".snakemake") / "lingraft-run.lock"
_MARK = "LINGRAFT_RUN"  # in the environment of everything that a run starts
_GRACE_SECONDS = 120  # for a training to save


def run_snakemake(
    arguments: Sequence[str], prepare: Callable[[], None] | None = None, *, is_local: bool = False
) -> NoReturn:
    """Become `snakemake` with these arguments, after clearing away what a killed run left.

    Args:
        arguments: of Snakemake.
        prepare: called when nothing else runs in this folder.
        is_local: no job is submitted to a scheduler.

    Raises:
        LingraftError: another run is alive in this folder.
    """
    folder = str(Path.cwd())
    require_cache()
    _be_the_only_one()  # before anything is stopped: it might be another start's
    _stop_orphans(folder)
    stop_jobs_of(Path(folder))
    if _is_locked():
        logger.info("the last run was killed: removing its lock and continuing where it was")
        shutil.rmtree(_LOCKS)
    if prepare is not None:
        prepare()
    write_json(_OWNER, {"host": socket.gethostname(), "pid": os.getpid()})
    if "MAKELEVEL" in os.environ:  # whoever kills make wants to end the run too
        die_with_parent()
    become_snakemake(arguments, **{_MARK: folder}, **(without_waiting() if is_local else {}))


def become_snakemake(arguments: Sequence[str], **environment: str) -> NoReturn:
    """Become `snakemake` with these arguments, and more in its environment."""
    program = Path(sys.executable).with_name("snakemake")
    # What a terminal of another encoding lacks becomes "?", in Snakemake and in all programs.
    replacing = {"PYTHONIOENCODING": os.environ.get("PYTHONIOENCODING", ":replace")}
    os.execve(program, [str(program), *arguments], os.environ | replacing | environment)  # noqa: S606


def going_on() -> str:
    """A sentence about the run that uses this folder now; empty if there is none."""
    if pid := _living_snakemake():
        return f"a run is going on in this folder (pid {pid})"
    try:
        owner = json.loads(_OWNER.read_text("utf-8"))
        host, pid = owner["host"], owner["pid"]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return ""
    if host == socket.gethostname() or not _is_locked():
        return ""
    return (
        f"a run on {host} (pid {pid}) uses this folder (if it is dead, free "
        "the folder with: make unlock)"
    )


def _is_locked() -> bool:
    return _LOCKS.is_dir() and any(_LOCKS.iterdir())


def _living_snakemake() -> int | None:
    """The process of a Snakemake that runs a workflow in this folder, however it was started."""
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
            is_snakemake = any(Path(word).name == "snakemake" for word in words)
            # A job's own Snakemake is a part of a run; a dry run changes nothing.
            if not is_snakemake or {"--target-jobs", "--dry-run", "-n"} & set(words):
                continue
            if process.pid != os.getpid() and process.cwd() == str(Path.cwd()):
                return process.pid
        except psutil.Error:
            continue
    return None


def _be_the_only_one() -> None:
    """Keep a lock until Snakemake ends: of two runs started at once, only one goes on."""
    lock = Lock(_START)
    if not lock.try_acquire():
        busy = going_on() or f"{Path.cwd()} {lock.explain()}"
        raise LingraftError(f"{busy}; follow it with: make status")
    if owner := going_on():
        lock.release()
        raise LingraftError(f"{owner}; follow it with: make status")
    lock.keep()


def _stop_orphans(folder: str) -> None:
    orphans = [process for process in psutil.process_iter() if _mark_of(process) == folder]
    if not orphans:
        return
    logger.info("stopping %d processes that a killed run left behind", len(orphans))
    for process in orphans:
        _signal(process, signal.SIGTERM)
    for process in psutil.wait_procs(orphans, timeout=_GRACE_SECONDS)[1]:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(orphans, timeout=_GRACE_SECONDS)


def _mark_of(process: psutil.Process) -> str | None:
    if process.pid == os.getpid():
        return None
    try:
        environment = process.environ()
        # A job that a scheduler started is the scheduler's to stop.
        return None if "SLURM_JOB_ID" in environment else environment.get(_MARK)
    except (psutil.Error, OSError):
        return None


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        logger.debug("process %d ended by itself", process.pid)
