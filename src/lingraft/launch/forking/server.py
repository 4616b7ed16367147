"""The server of a run: hands each job on to the zygote of its program and environment.

Started as `python server.py FOLDER SOCKET`, so that the working directory hides no library; SOCKET
is the number of an open file that listens. It ends with its standard input, which Snakemake holds
open, and removes FOLDER; jobs that are going on then go on. It has one thread and imports nothing
that a program imports, so a zygote begins as the ordinary start does.
"""

import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import POLLIN, poll

from lingraft.launch.forking.child import ForkedJob, ignore_signals
from lingraft.launch.forking.client import is_own_user, receive, send
from lingraft.launch.forking.folders import remove_folder
from lingraft.launch.forking.zygote import ORDINARY, live

_MOST = 8  # zygotes at once; one with torch and transformers has 120 MB to itself
_PATIENCE_SECONDS = 10.0  # for a client to send its request
# The interpreter, the loader and the C library have read these when they started, before any zygote
# could set them.
_READ_AT_START = (b"PYTHON", b"LD_", b"GLIBC_", b"MALLOC_", b"LC_", b"LANG", b"TZ", b"HOME")

_Key = tuple[str, tuple[tuple[bytes, bytes], ...]]


class Server:
    """The loop of the process."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        """No zygote is there yet.

        Args:
            folder: the server's, which only its owner can enter.
            listener: clients connect to it.
        """
        self._folder = folder
        self._listener = listener
        self._zygotes: dict[_Key, socket.socket] = {}  # the one used last comes last
        self._ordinary: set[_Key] = set()
        self._environment = dict(os.environb)

    def serve(self, life: int) -> None:
        """Hand jobs on until the open file `life` ends."""
        while True:
            watched = poll()
            watched.register(life, POLLIN)
            watched.register(self._listener, POLLIN)
            by_number = {each.fileno(): key for key, each in self._zygotes.items()}
            for number in by_number:
                watched.register(number, POLLIN)
            ready = {number for number, _ in watched.poll()}
            if life in ready:
                return
            for number in ready & by_number.keys():
                self._forget(by_number[number])
            _bury()
            if self._listener.fileno() in ready:
                connection, _ = self._listener.accept()
                with connection:
                    self._hand_on(connection)

    def _hand_on(self, connection: socket.socket) -> None:
        connection.settimeout(_PATIENCE_SECONDS)
        if not is_own_user(connection):
            return
        try:
            texts, files = receive(connection, 3)
        except (OSError, EOFError, ValueError):
            return  # the client reads the end of the connection, and starts ordinarily
        try:
            self._give(texts, connection, files)
        except (OSError, ValueError):
            return
        finally:
            for number in files:
                os.close(number)

    def _give(self, texts: list[bytes], connection: socket.socket, files: list[int]) -> None:
        job = ForkedJob.read(texts)
        program = str(Path(os.fsdecode(job.folder), job.command[0]))
        key = (program, tuple(sorted(job.environment.items())))
        if key in self._ordinary or self._is_read_at_start(job):
            return
        zygote = self._zygotes.pop(key, None) or self._start(job, [connection.fileno(), *files])
        self._zygotes[key] = zygote
        connection.settimeout(None)
        send(zygote, texts, [connection.fileno(), *files])

    def _is_read_at_start(self, job: ForkedJob) -> bool:
        """Whether the job's environment differs in what nobody reads again."""
        names = job.environment.keys() | self._environment.keys()
        read = [name for name in names if name.startswith(_READ_AT_START)]
        return any(job.environment.get(name) != self._environment.get(name) for name in read)

    def _start(self, job: ForkedJob, open_files: Sequence[int]) -> socket.socket:
        """Start a zygote for jobs like this one, whose open files it must not keep open."""
        while len(self._zygotes) >= _MOST:
            self._forget(next(iter(self._zygotes)))
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            try:
                self._listener.close()
                ours.close()
                for number in open_files:
                    os.close(number)
                for other in self._zygotes.values():
                    other.close()
                live(theirs, self._folder / "costs", job.environment)
            finally:
                os._exit(1)  # whatever happens, it is not a second server
        theirs.close()
        return ours

    def _forget(self, key: _Key) -> None:
        """A zygote that has ended, or that ends with its jobs when its control is closed."""
        with self._zygotes.pop(key) as zygote, suppress(OSError):
            if zygote.recv(len(ORDINARY), socket.MSG_DONTWAIT) == ORDINARY:
                self._ordinary.add(key)


def _bury() -> None:
    """Ask for the status of zygotes that have ended: the kernel keeps them until then."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def main(words: Sequence[str]) -> None:
    """Serve at a folder until the standard input ends."""
    if not sys.flags.safe_path:
        sys.path.pop(0)  # the folder of this file
    ignore_signals()
    life = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.close(nothing)
    folder, listener = words
    try:
        Server(Path(folder), socket.socket(fileno=int(listener))).serve(life)
    finally:
        remove_folder(Path(folder))  # Snakemake cannot if it was killed


if __name__ == "__main__":
    main(sys.argv[1:])
