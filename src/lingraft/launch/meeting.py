"""A port for each training on several machines: `python -m lingraft.launch.meeting srun ...`.

The processes of a training meet at a port of its first machine, where the rule's shell runs under
Slurm. Two trainings that share that machine must not meet each other: the port follows from the
job's number, is free, and is locked for as long as the command lives. The command has it as the
word @PORT@.
"""

import os
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lingraft.errors import LingraftError
from lingraft.launch.command_lines import PORT
from lingraft.locks import Lock

_FIRST, _COUNT = (
    20_000,
    12_000,
)  # below the ports that systems assign by themselves (32768 and more)


def lock_port(environment: Mapping[str, str], folder: Path) -> int:
    """Lock a free port for this process, also after an exec.

    Args:
        environment: has the numbers of the job (SLURM_JOB_ID) and of its step (SLURM_STEP_ID).
        folder: the folder of the lock files, the same for all jobs of this machine.

    Raises:
        LingraftError: no port is free.
    """
    for port in _candidates(environment):
        lock = Lock(folder / f"port-{port}.lock")
        if lock.try_acquire():
            if _is_free(port):
                lock.keep()
                return port
            lock.release()
    raise LingraftError(f"no port from {_FIRST} to {_FIRST + _COUNT - 1} is free on this machine")


def _candidates(environment: Mapping[str, str]) -> Iterator[int]:
    numbers = [environment.get(name, "") for name in ("SLURM_JOB_ID", "SLURM_STEP_ID")]
    job, step = (int(text) if text.isascii() and text.isdigit() else 0 for text in numbers)
    # The factor puts jobs with neighboring numbers, and their first steps, at different ports.
    start = (job * 7 + step) % _COUNT
    yield from (_FIRST + (start + i) % _COUNT for i in range(_COUNT))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def main(words: Sequence[str]) -> None:
    """Lock a port and become the command, with the port in its words."""
    folder = Path(tempfile.gettempdir()) / f"lingraft-ports-{os.getuid()}"
    try:
        port = lock_port(os.environ, folder)
    except LingraftError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    command = [word.replace(PORT, str(port)) for word in words]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
