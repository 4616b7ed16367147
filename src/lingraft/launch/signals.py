"""The signals by which a person, a terminal or a scheduler asks a program to stop."""

import ctypes
import os
import signal
import sys

# SIGUSR1: schedulers warn with it. SIGINT: Ctrl-C. SIGHUP: the connection to the terminal is gone.
_STOPS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1  # of Linux's prctl


def requests_to_stop() -> list[signal.Signals]:
    """These signals, but those that this process ignores: nohup makes it ignore a hang-up."""
    return [number for number in _STOPS if signal.getsignal(number) is not signal.SIG_IGN]


def die_with_parent(parent: int | None = None) -> None:
    """Let the kernel kill this process when the process that started it ends (Linux only).

    Otherwise the workers of a killed torchrun go on training beside their successors, and a
    Snakemake goes on after its `make` was killed.

    Args:
        parent: the process that started this one, where it has said so; by default, whichever is
            the parent now.
    """
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid() if parent is None else parent
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGKILL)
