"""Start Snakemake again after it was killed: what `make run` does that plain `snakemake` does not.

A killed Snakemake leaves its lock, and its jobs alive. Before a new one starts here, jobs that the
dead one left behind on this machine are stopped (a training saves and exits), and the stale lock is
removed. A run that is alive, here or on another machine, is never touched.
"""

import ctypes
import json
import logging
import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import psutil

from lingraft.artifacts import write_json
from lingraft.errors import LingraftError
from lingraft.slurm import stop_jobs_of

logger = logging.getLogger(__name__)

_OWNER = Path(".snakemake") / "lingraft-run.json"
_LOCKS = Path(".snakemake") / "locks"
_MARK = "LINGRAFT_RUN"  # in the environment of everything that a run starts
_GRACE_SECONDS = 120  # for a training to save
_PR_SET_PDEATHSIG = 1


def run_snakemake(arguments: list[str]) -> None:
    """Become `snakemake` with these arguments, after clearing away what a killed run left.

    Raises:
        LingraftError: another run is alive in this folder.
    """
    folder = str(Path.cwd())
    _refuse_second_run()
    _stop_orphans(folder)
    stop_jobs_of(Path(folder))
    if _LOCKS.is_dir() and any(_LOCKS.iterdir()):
        logger.info("the last run was killed: removing its lock and continuing where it was")
        shutil.rmtree(_LOCKS)
    write_json(_OWNER, {"host": socket.gethostname(), "pid": os.getpid()})
    if "MAKELEVEL" in os.environ:  # whoever kills make means the run, not make alone
        _die_with_parent()
    program = Path(sys.executable).with_name("snakemake")
    os.execve(program, [str(program), *arguments], os.environ | {_MARK: folder})  # noqa: S606


def _refuse_second_run() -> None:
    try:
        owner = json.loads(_OWNER.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return
    is_locked = _LOCKS.is_dir() and any(_LOCKS.iterdir())
    if owner["host"] != socket.gethostname():
        if is_locked:
            raise LingraftError(
                f"a run on {owner['host']} (pid {owner['pid']}) holds this folder; "
                "if it is dead, free the folder with: make unlock"
            )
    elif _is_snakemake(owner["pid"]):
        raise LingraftError(f"a run is going on in this folder (pid {owner['pid']})")


def _is_snakemake(pid: int) -> bool:
    try:
        return pid != os.getpid() and any("snakemake" in w for w in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


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


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
