"""A process that has imported what a program imports, and forks one child for each of its jobs.

It imports nothing before the first job: that job says what it has imported. It imports this when
the second one comes. A process may be forked only while it has one thread: where a library starts
threads that stay, or cannot be imported here, jobs of this program start ordinarily.
"""

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from lingraft.launch.forking.child import REFUSED, ForkedJob, become
from lingraft.launch.forking.client import receive
from lingraft.launch.forking.costs import leave_cost
from lingraft.launch.forking.settled import import_with
from lingraft.launch.signals import die_with_parent

IDLE_SECONDS = 300.0
ORDINARY = b"ordinary"  # to the server: these programs must start by themselves
# Threads, by the names that the kernel has of them, that wait and need not be there after a fork.
# jemalloc stops and starts its own around a fork by itself. That of polars deletes the files into
# which a query was moved that does not fit into memory, and the next process with polars deletes
# what one has left; the threads that compute start with the first query.
_DISPENSABLE = (b"jemalloc_bg_thd", b"polars-ooc-clea")
_OWN = Path(__file__).parents[2]  # the library: jobs that begin after an update use the new one


@dataclass(eq=False)
class _Running:
    """A forked job."""

    pid: int
    process: int  # a descriptor of it, which is readable when it has ended
    connection: socket.socket
    log: str
    report: int


class Zygote:
    """The loop of the process."""

    def __init__(self, control: socket.socket, folder: Path) -> None:
        """Nothing is imported yet.

        Args:
            control: requests of the server come here; closed, it ends this process.
            folder: gets what jobs cost.
        """
        self._control: socket.socket | None = control
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._take)
        self._jobs: list[_Running] = []
        self._learned: Mapping[str, Any] | None = None
        self._dates = _dates_of_own()

    def serve(self) -> None:
        """Fork a process for each request until the server ends, and its jobs have."""
        while self._control is not None or self._jobs:
            events = self._selector.select(IDLE_SECONDS)
            if not events and not self._jobs:
                return
            for key, _ in events:
                key.data()

    def _take(self) -> None:
        control = self._control
        if control is None:
            return
        try:
            texts, (number, *files) = receive(control, 4)
        except (EOFError, OSError, ValueError):
            self._stop_taking()
            return
        connection = socket.socket(fileno=number)
        if self._learned and self._jobs and os.fork():
            # Importing takes seconds, in which jobs may end: this process stays with them alone.
            # The new one takes requests from now on, beginning with this one.
            self._stop_taking()
            connection.close()
            for number in files:
                os.close(number)
            return
        if self._learned and self._jobs:
            self._forget_jobs()
            self._selector = selectors.DefaultSelector()
            self._selector.register(control, selectors.EVENT_READ, self._take)
        if self._dates != _dates_of_own():
            self._stop_taking()  # the server starts another one
            _answer(connection, b"refused\n")
        elif not self._learn():
            control.sendall(ORDINARY)
            self._stop_taking()
            _answer(connection, b"refused\n")
        else:
            try:
                self._fork(ForkedJob.read(texts), connection, files)
            except OSError:  # too little memory, or too many files: the jobs that run go on
                _answer(connection, b"refused\n")
        for number in files:
            os.close(number)

    def _stop_taking(self) -> None:
        if self._control is not None:
            self._selector.unregister(self._control)
            self._control.close()
            self._control = None

    def _fork(self, job: ForkedJob, connection: socket.socket, files: list[int]) -> None:
        log = str(Path(f"/proc/self/fd/{files[1]}").readlink())
        report = os.memfd_create("modules")
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(report)
            raise
        if pid == 0:
            try:
                self._leave(zygote, connection)
                become(job, files, report, frozenset(sys.modules))
            finally:
                os._exit(1)  # `become` does not return: this is a failure
        running = _Running(pid, os.pidfd_open(pid), connection, log, report)
        self._jobs.append(running)
        self._selector.register(running.process, selectors.EVENT_READ, lambda: self._end(running))
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._signal(running))
        try:
            socket.send_fds(connection, [b"started\n"], [running.process])
        except OSError:
            os.kill(pid, signal.SIGKILL)  # its client has ended

    def _leave(self, zygote: int, connection: socket.socket) -> None:
        """In the child: end with the zygote, and have none of its files."""
        die_with_parent(zygote)
        if self._control is not None:
            self._control.close()
        connection.close()
        self._forget_jobs()

    def _forget_jobs(self) -> None:
        """In a forked process: the jobs are those of the other one."""
        self._selector.close()
        for other in self._jobs:
            other.connection.close()
            os.close(other.process)
            os.close(other.report)
        self._jobs = []

    def _signal(self, running: _Running) -> None:
        """Pass on signals; if the client has ended, end its job as one kills a process."""
        if running not in self._jobs:
            return  # it ended in this same moment
        try:
            numbers = running.connection.recv(64)
        except OSError:
            numbers = b""
        if not numbers:
            self._selector.unregister(running.connection)
        for number in numbers or [signal.SIGKILL]:
            # The process has this number until `_end` asks for its status.
            os.kill(running.pid, number)

    def _end(self, running: _Running) -> None:
        self._jobs.remove(running)
        self._selector.unregister(running.process)
        if running.connection in self._selector.get_map():
            self._selector.unregister(running.connection)
        _, status, used = os.wait4(running.pid, 0)
        os.close(running.process)
        said = os.pread(running.report, os.fstat(running.report).st_size, 0)
        os.close(running.report)
        if said == REFUSED:
            _answer(running.connection, b"refused\n")
            return
        if said and (learned := json.loads(said))["modules"]:
            self._learned = learned
        leave_cost(self._folder, running.log, used)
        _answer(running.connection, b"ended %d\n" % status)

    def _learn(self) -> bool:
        """Import what the last job has imported and this process has not; whether it may fork."""
        learned, self._learned = self._learned, None
        if learned is None:
            return True
        import_with(learned["settled"])
        importlib.invalidate_caches()  # of folders that may have changed
        try:
            for name in learned["modules"]:
                importlib.import_module(name)
        except BaseException:
            return False
        gc.collect()
        gc.freeze()  # collections in children would copy its pages
        self._dates = _dates_of_own()
        return _threads_that_stay() == 1


def _answer(connection: socket.socket, line: bytes) -> None:
    with connection, suppress(OSError):  # its client may have ended
        connection.sendall(line)


def _threads_that_stay() -> int:
    """The threads of this process after a fork, before which OpenBLAS ends its own."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    names = [path.read_bytes().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return sum(name not in _DISPENSABLE for name in names)


def _dates_of_own() -> dict[str, float]:
    """The library's own files that this process has read, and their dates."""
    own = str(_OWN) + os.sep
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {file: _date(file) for file in files if file and file.startswith(own)}


def _date(file: str) -> float:
    try:
        return os.stat(file).st_mtime  # noqa: PTH116 (hundreds at each job)
    except OSError:
        return 0.0


def live(control: socket.socket, folder: Path, environment: Mapping[bytes, bytes]) -> NoReturn:
    """Be a zygote for jobs with this environment; this process was just forked by the server."""
    try:
        os.environb.clear()
        os.environb.update(environment)
        Zygote(control, folder).serve()
    finally:
        os._exit(0)
