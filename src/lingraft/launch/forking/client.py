"""What `python PROGRAM.py ...` is in a rule: hand the job to the run's server, wait for its end.

Started as `python -I -S client.py SOCKET PROGRAM.py ...`, so that it takes 20 ms: it imports only a
little of the standard library. If the server refuses, or ends, this process becomes the ordinary
start.

A request is its texts, separated by null bytes, which no text of the system has: the number of
arguments, the arguments, the folder, the umask, then the environment as NAME=VALUE. Four bytes with
its length come first, and with them the standard files. Answers are lines: `started`, with a
descriptor of the process; `ended STATUS`; `refused`. Each byte from the client is a signal.
"""

import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence

LENGTH = struct.Struct("=I")
_PEER = struct.Struct("3i")  # process, user and group at the other end of a socket
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_LARGEST = 1 << 24


def is_own_user(connection: socket.socket) -> bool:
    """Whether the process at the other end belongs to the user of this one."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return bool(_PEER.unpack(said)[1] == os.getuid())


def send(connection: socket.socket, texts: Sequence[bytes], files: Sequence[int]) -> None:
    """Send texts and open files."""
    content = b"\0".join(texts)
    socket.send_fds(connection, [LENGTH.pack(len(content))], files)
    connection.sendall(content)


def receive(connection: socket.socket, files: int) -> tuple[list[bytes], list[int]]:
    """The texts and files that `send` has sent.

    Raises:
        EOFError: the other end is gone.
        ValueError: this is not such a message.
    """
    head, given, _, _ = socket.recv_fds(connection, LENGTH.size, files)
    try:
        if not head:
            raise EOFError
        if len(head) < LENGTH.size or len(given) != files:
            raise ValueError("a request has its length and its files first")
        (size,) = LENGTH.unpack(head)
        if size > _LARGEST:
            raise ValueError("a request of this size is not a job")
        content = bytearray()
        while len(content) < size:
            part = connection.recv(size - len(content))
            if not part:
                raise EOFError
            content += part
    except BaseException:
        for number in given:
            os.close(number)
        raise
    return bytes(content).split(b"\0"), given


def request(words: Sequence[str]) -> list[bytes]:
    """A job as texts: its command line, and what a process inherits."""
    umask = os.umask(0o077)
    os.umask(umask)
    variables = [name + b"=" + value for name, value in os.environb.items()]
    command = [os.fsencode(word) for word in words]
    head = [b"%d" % len(command), *command, os.getcwdb(), b"%d" % umask]  # noqa: PTH109 (fast)
    return head + variables


class _HandedOver:
    """A job from the side of the process that waits for it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._signals: list[int] = []
        self._process: int | None = None

    def run(self, words: Sequence[str]) -> int | None:
        """The wait status of the job; None if it was refused or lost, and no process has it."""
        before = {each: signal.getsignal(each) for each in _FORWARDED}
        for number, action in before.items():
            if action is not signal.SIG_IGN:  # as under nohup, for the job too
                signal.signal(number, self._forward)
        try:
            # A signal that arrives now is forwarded after the request, not in the middle of it.
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
            try:
                send(self._connection, request(words), (0, 1, 2))
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            return self._wait()
        except OSError:
            self._wait_for_process()
            return None
        finally:
            for number, action in before.items():
                signal.signal(number, action)

    def repeat_signals(self) -> None:
        """Send this process the signals that arrived for a job that nobody has."""
        for number in self._signals:
            os.kill(os.getpid(), number)

    def _forward(self, number: int, _: object) -> None:
        self._signals.append(number)
        try:
            self._connection.send(bytes([number]))
        except OSError:
            return  # the end of the connection is read where answers are read

    def _wait(self) -> int | None:
        said = b""
        while True:
            part, files, _, _ = socket.recv_fds(self._connection, 64, 1)
            if files:
                self._process = files[0]
            said += part
            for line in said.split(b"\n")[:-1]:
                if line.startswith(b"ended "):
                    return int(line[6:])
                if line == b"refused":
                    return None
            if not part:
                self._wait_for_process()
                return None

    def _wait_for_process(self) -> None:
        """The zygote has ended, and the kernel ends its jobs: two must not write the same files."""
        if self._process is not None:
            poll = select.poll()
            poll.register(self._process, select.POLLIN)
            poll.poll()


def main(words: Sequence[str]) -> None:
    """Do the job by the server at the first word; without it, become the ordinary start."""
    place, *command = words
    # A job with a GPU gets its own CUDA from the beginning.
    if not os.environ.get("CUDA_VISIBLE_DEVICES"):
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(place)
                is_ours = is_own_user(connection)
            except OSError:
                is_ours = False
            if is_ours:
                job = _HandedOver(connection)
                status = job.run(command)
                if status is not None:
                    _end_as(status)
                job.repeat_signals()
    os.execv(sys.executable, [sys.executable, *command])  # noqa: S606


def _end_as(status: int) -> None:
    """End as the job did: with its exit code, or by its signal."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main(sys.argv[1:])
