"""The life of a forked process: it becomes the ordinary start of a program, but for its imports."""

import atexit
import ctypes
import importlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from lingraft.launch.forking.settled import UnlikeError, settled

_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
_handled: dict[int, Any] = {}
_blocked: set[int] = set()
_NOT_FLUSHED = 120  # Python's own exit code where the end of the output is lost: a full disk
_INTERRUPTED = -signal.SIGINT  # Python ends by the signal where nothing handles Ctrl-C
REFUSED = b"refused"  # the report of a job that has done nothing and must start ordinarily


def ignore_signals() -> None:
    """For the server and its zygotes: what is meant for a run is passed on to jobs by clients.

    They are blocked, too: one that reaches a forked process before `restore_signals` waits.
    """
    _blocked.update(signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED))
    for number in _IGNORED:
        _handled[number] = signal.signal(number, signal.SIG_IGN)


def restore_signals() -> None:
    """As they were when the server started: what nohup ignores stays ignored."""
    for number, action in _handled.items():
        signal.signal(number, action)
    signal.pthread_sigmask(signal.SIG_SETMASK, _blocked)


@dataclass(frozen=True)
class ForkedJob:
    """A program with what its process inherits."""

    command: Sequence[str]
    folder: bytes
    umask: int
    environment: Mapping[bytes, bytes]

    @classmethod
    def read(cls, texts: Sequence[bytes]) -> "ForkedJob":
        """The job of a request.

        Raises:
            ValueError: it is not one.
        """
        count = int(texts[0])
        command, (folder, umask, *variables) = texts[1 : count + 1], texts[count + 1 :]
        if not command:
            raise ValueError("a job has a program")
        pairs = (each.partition(b"=") for each in variables)
        environment = {name: value for name, _, value in pairs}
        return cls([os.fsdecode(word) for word in command], folder, int(umask), environment)


def become(job: ForkedJob, files: Sequence[int], report: int, known: Collection[str]) -> NoReturn:
    """Run the program of a job in this process, and end it.

    Args:
        job: it has the environment of the zygote.
        files: standard input, output and error.
        report: an open file that gets `REFUSED`, or the modules that the program imported, if it
            succeeds.
        known: modules that were imported before.
    """
    code = _run(job) if _is_ready(job, files) else None
    if code is None:
        os.write(report, REFUSED)
        os._exit(1)
    if code == 0:
        with suppress(Exception):  # without it, zygotes learn from another job
            _report(report, known)
    # What the interpreter does at its end, without taking apart what the zygote has imported.
    for last in (threading._shutdown, atexit._run_exitfuncs):  # type: ignore[attr-defined]
        try:
            last()
        except BaseException as error:
            _show(error)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            code = code or _NOT_FLUSHED
    ctypes.CDLL(None).fflush(None)  # what libraries in C have printed
    if code == _INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    os._exit(code)


def _is_ready(job: ForkedJob, files: Sequence[int]) -> bool:
    """Give this process what is the job's; False if its program must start ordinarily."""
    try:
        for target, source in enumerate(files):
            os.dup2(source, target)
        for source in files:
            os.close(source)
        _open_streams()
        os.umask(job.umask)
        if _is_poisoned():
            return False
        _renew_randomness()
        os.chdir(job.folder)
        importlib.invalidate_caches()  # folders may have been made since the server looked
    except Exception:  # whatever an import has put in the place of a library
        return False
    return True


def _run(job: ForkedJob) -> int | None:
    """The exit code; None if the program must start ordinarily."""
    program = job.command[0]
    try:
        restore_signals()  # one that has waited arrives here
        sys.argv = list(job.command)
        if not sys.flags.safe_path:
            sys.path.insert(0, str(Path(program).resolve().parent))
        _execute(Path.cwd() / program)
    except UnlikeError:
        return None
    except SystemExit as ended:
        return _code_of(ended)
    except BaseException as error:
        _show(error)
        return _INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _show(error: BaseException) -> None:
    """Print a traceback that begins with the program."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    sys.excepthook(type(error), error.with_traceback(trace), trace)


def _execute(program: Path) -> None:
    """What Python does with a file on its command line."""
    main = ModuleType("__main__")
    main.__file__ = str(program)
    sys.modules["__main__"] = main
    exec(compile(program.read_bytes(), program, "exec"), main.__dict__)  # noqa: S102


def _code_of(ended: SystemExit) -> int:
    if ended.code is None:
        return 0
    if isinstance(ended.code, int):
        return ended.code & 0xFF
    print(ended.code, file=sys.stderr)
    return 1


def _is_poisoned() -> bool:
    """Whether an import has asked CUDA for its devices: then no fork of that process may use it."""
    torch: Any = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda._is_in_bad_fork())


def _open_streams() -> None:
    """Open the standard streams for the job's own files, as Python does when it starts.

    They are the objects that they were: what was imported may hold them. Buffers that were made
    for the files of the server would ask a pipe for its place.
    """
    for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if not isinstance(stream, io.TextIOWrapper):
            raise TypeError(f"stream {number} was replaced")
        is_direct = stream.write_through  # python -u
        raw = io.FileIO(number, "w" if number else "r", closefd=False)
        raw.name = stream.name
        buffer: Any = raw
        if number == 0:
            buffer = io.BufferedReader(raw)
        elif not is_direct:
            buffer = io.BufferedWriter(raw)
        io.TextIOWrapper.__init__(
            stream,
            buffer,
            encoding=stream.encoding,
            errors=stream.errors,
            newline="\n",
            line_buffering=not is_direct and (number == 2 or raw.isatty()),
            write_through=is_direct,
        )


def _renew_randomness() -> None:
    """Draws without a seed differ from job to job; Python renews its own generator by itself."""
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        torch.default_generator.seed()


def _report(report: int, known: Collection[str]) -> None:
    modules = [
        name
        for name, module in sys.modules.items()
        if name not in known and getattr(getattr(module, "__spec__", None), "name", None) == name
    ]
    os.write(report, json.dumps({"modules": modules, "settled": settled()}).encode())
