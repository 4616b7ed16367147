"""Forked jobs are ordinary starts but for their imports, whatever happens to anybody."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lingraft.launch.forking import client as client_module
from lingraft.launch.forking import running
from lingraft.launch.forking import zygote as zygote_module
from lingraft.launch.forking.client import receive, send
from lingraft.launch.forking.costs import take_cost
from lingraft.launch.forking.running import SWITCH, start_server

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="Linux alone has this")

SHOW = """
import json, os, signal, sys
umask = os.umask(0)
print(json.dumps({
    "argv": sys.argv, "folder": os.getcwd(), "umask": umask, "path": sys.path,
    "main": [__name__, __file__, sys.modules["__main__"].__file__],
    "environment": {k: v for k, v in os.environ.items() if k != "_"},
    "input": sys.stdin.read(), "flags": list(sys.flags),
    "signals": [repr(signal.getsignal(n)).split(" at ")[0] for n in (1, 2, 10, 15)],
}))
print("to the other stream", file=sys.stderr)
sys.exit(7)
"""
COSTLY = "import costly\nprint(costly.VALUE, flush=True)\n"
# Says that it runs, then waits until somebody closes its input.
WAIT = """
import os, signal, sys
def stop(*_):
    os.write(1, b"asked to stop ")
    sys.exit(75)
signal.signal(signal.SIGTERM, stop)
os.write(1, b"runs ")
sys.stdin.read()
os.write(1, b"ends ")
"""


class Run:
    """A server and a folder with programs for it."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder, self.server = folder, server
        self.python = "python"  # which asks the server

    def program(self, text: str, name: str = "program.py") -> str:
        (self.folder / name).write_text(text, "utf-8")
        return name

    def start(self, *words: str, **more: Any) -> "subprocess.Popen[str]":
        shell = ["bash", "-c", 'exec "$0" "$@"', self.python, *words]
        options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        options |= {"stderr": subprocess.PIPE, "cwd": self.folder, "text": True}
        return subprocess.Popen(shell, **{**options, **more})

    def do(self, *words: str, given: str = "", **more: Any) -> tuple[int, str, str]:
        with self.start(*words, **more) as process:
            out, err = process.communicate(given)
        return process.returncode, out or "", err or ""

    def costs(self) -> int:
        """How many jobs were forked and have ended."""
        return len(list((self.server / "costs").iterdir()))

    def processes(self) -> list[int]:
        """The server and its zygotes."""
        found = []
        for path in Path("/proc").iterdir():
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(self.server) in words:
                found.append(int(path.name))
        return sorted(found)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    yield from _a_run(tmp_path, monkeypatch)


def _a_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("PATH", os.environ["PATH"])  # which is put back afterwards
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    own = [str(folder / "library"), *filter(None, others)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(own))
    server = start_server()
    assert server is not None
    yield Run(folder, server)
    _end(running._alive.pop())


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait()


def test_a_forked_job_is_an_ordinary_start(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.program(SHOW)
    words = [name, "a b", "", "ä", "x" * 100_000, "y" * 100_000, "*"]
    before = os.umask(0o027)
    try:
        forked = [run.do(*words, given="some input") for _ in range(3)]
        with monkeypatch.context() as ordinary:
            ordinary.setattr(run, "python", sys.executable)
            expected = run.do(*words, given="some input")
    finally:
        os.umask(before)
    shown = [json.loads(out) for _, out, _ in [*forked, expected]]
    for each in shown:
        each["environment"].pop("SHLVL", None)
    for key, value in shown[3].items():
        assert [each[key] for each in shown[:3]] == [value] * 3, key
    assert [(code, err) for code, _, err in forked] == [(7, "to the other stream\n")] * 3
    assert run.costs() == 3
    assert expected[0] == 7


def costly(run: Run, monkeypatch: pytest.MonkeyPatch, more: str = "") -> Path:
    """A module that notes each time when it is imported; the notes."""
    notes = run.folder / "notes"
    text = f"open({str(notes)!r}, 'a').write('imported ')\nVALUE = 3\n{more}"
    (run.folder / "library").mkdir(exist_ok=True)
    (run.folder / "library" / "costly.py").write_text(text, "utf-8")
    return notes


def test_what_jobs_import_is_imported_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = costly(run, monkeypatch)
    name = run.program(COSTLY)
    assert [run.do(name) for _ in range(5)] == [(0, "3\n", "")] * 5
    assert notes.read_text() == "imported imported "  # the first job, and the zygote


def test_a_folder_that_is_made_during_a_run_is_seen(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.do(run.program("print(3)"))[1] == "3\n"  # PYTHONPATH was looked through
    costly(run, monkeypatch)
    assert run.do(run.program(COSTLY)) == (0, "3\n", "")


def test_a_job_with_another_environment_has_imports_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    costly(run, monkeypatch, "import os\nVALUE = os.environ.get('THREADS')\n")
    name = run.program(COSTLY)
    for _ in range(3):
        for threads in ("1", "2"):
            monkeypatch.setenv("THREADS", threads)
            assert run.do(name)[1] == f"{threads}\n"


def settling(run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that settles a variable, if it gets a value for it, and prints what is read."""
    costly(run, monkeypatch, "import os\nVALUE = os.environ.get('OFFLINE')\n")
    return run.program(
        "import sys\nfrom lingraft.launch.forking.settled import settle\n"
        f"if len(sys.argv) > 1:\n    settle('OFFLINE', sys.argv[1])\n{COSTLY}"
    )


def test_what_a_program_settles_later_jobs_import_with(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = settling(run, monkeypatch)
    assert [run.do(name, "yes")[1] for _ in range(3)] == ["yes\n"] * 3
    assert run.do(name, "no") == (0, "no\n", "")  # the zygote's imports do not fit: ordinary


def test_imports_without_what_a_program_settles_do_not_fit(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = settling(run, monkeypatch)
    assert [run.do(name)[1] for _ in range(2)] == ["None\n"] * 2
    assert run.do(name, "yes")[1] == "yes\n"


def test_a_library_with_threads_starts_ordinarily(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    notes = costly(run, monkeypatch, f"import threading, time\n{thread}\n")
    name = run.program(COSTLY)
    assert [run.do(name) for _ in range(4)] == [(0, "3\n", "")] * 4
    assert notes.read_text() == "imported " * 5  # and the zygote, once


def test_the_thread_of_polars_keeps_no_job_from_being_forked(run: Run) -> None:
    """mteb imports polars, and so does each evaluation with mteb."""
    query = "polars.DataFrame({'a': [1, 1, 2]}).lazy().group_by('a').len().collect()"
    name = run.program(f"import polars\nprint({query}['len'].sum())\n")
    assert [run.do(name) for _ in range(4)] == [(0, "3\n", "")] * 4
    assert run.costs() == 4


def test_a_library_that_a_zygote_cannot_import_starts_ordinarily(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = costly(run, monkeypatch, "import sys\nsys.modules['__main__'].is_a_program\n")
    name = run.program(f"is_a_program = True\n{COSTLY}")
    assert [run.do(name) for _ in range(4)] == [(0, "3\n", "")] * 4
    assert notes.read_text() == "imported " * 5


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_killed_job_ends_as_it_would(run: Run, number: signal.Signals) -> None:
    name = run.program("import os, sys\nos.kill(os.getpid(), int(sys.argv[1]))\n")
    assert [run.do(name, str(int(number)))[0] for _ in range(2)] == [-number] * 2


def test_a_signal_to_the_client_reaches_the_job(run: Run) -> None:
    name = run.program(WAIT)
    for _ in range(2):
        with run.start(name) as client:
            assert client.stdout is not None
            assert client.stdout.read(5) == "runs "
            client.send_signal(signal.SIGTERM)
            assert client.stdout.read() == "asked to stop "
        assert client.returncode == 75


def test_imports_keep_no_job_waiting_that_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = costly(run, monkeypatch)
    name = run.program(f"import sys\n{COSTLY}{WAIT}")
    with run.start(name) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "3\n"
        # One more ends, from which the zygote learns while the first goes on.
        assert run.do(name) == (0, "3\nruns ends ", "")
        assert run.do(name) == (0, "3\nruns ends ", "")
        assert run.do(name) == (0, "3\nruns ends ", "")
        assert first.communicate("")[0].endswith("ends ")
    assert first.returncode == 0
    assert notes.read_text() == "imported " * 3


def test_an_ignored_signal_stays_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        for run in _a_run(tmp_path, monkeypatch):
            with run.start(run.program(WAIT)) as client:
                assert client.stdout is not None
                assert client.stdout.read(5) == "runs "
                client.send_signal(signal.SIGHUP)
                assert client.communicate("")[0] == "ends "
            assert client.returncode == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_with_its_client_a_job_is_killed(run: Run) -> None:
    with run.start(run.program(WAIT)) as client:
        assert client.stdout is not None
        assert client.stdout.read(5) == "runs "
        client.kill()
        assert client.stdout.read() == ""  # the job, which has the other end, has ended


def test_a_job_whose_zygote_is_killed_begins_again(run: Run) -> None:
    with run.start(run.program(WAIT)) as client:
        assert client.stdout is not None
        assert client.stdout.read(5) == "runs "
        server, zygote, _ = run.processes()
        os.kill(zygote, signal.SIGKILL)
        assert client.stdout.read(5) == "runs "
        assert client.communicate("")[0] == "ends "
    assert client.returncode == 0
    assert server == running._alive[-1].pid
    assert run.do(run.program(COSTLY), given="")[0] == 1  # there is no such module: it did start


def test_a_job_goes_on_without_its_server(run: Run) -> None:
    name = run.program(WAIT)
    with run.start(name) as client:
        assert client.stdout is not None
        assert client.stdout.read(5) == "runs "
        running._alive[-1].kill()
        running._alive[-1].wait()
        assert client.communicate("")[0] == "ends "
    assert client.returncode == 0
    assert run.do(name) == (0, "runs ends ", "")  # the socket is stale now


def test_without_its_folder_python_is_the_ordinary_one(run: Run) -> None:
    for path in (run.server / "python", run.server / "socket"):
        path.unlink()
    assert run.do(run.program("print(3)")) == (0, "3\n", "")


def test_a_socket_of_another_user_is_not_asked(run: Run, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    place = tmp_path / "socket"
    text = (
        "import os, socket\ns = socket.socket(socket.AF_UNIX)\n"
        f"s.bind({str(place)!r})\nos.setuid(65534)\ns.listen()\nprint(flush=True)\n"
        "print(s.accept()[0].recv(9), flush=True)"
    )
    client = [sys.executable, "-I", "-S", str(running._CLIENT), str(place)]
    with subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        name = run.folder / run.program("print(3)")
        done = subprocess.run([*client, str(name)], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "3\n")
        assert other.stdout.readline() == b"b''\n"  # it was told nothing


def test_nobody_else_can_ask_the_server(run: Run) -> None:
    assert run.server.stat().st_mode & 0o077 == 0
    secrets = [value for name, value in os.environ.items() if name != "PATH"]
    assert not any(str(run.server) in value for value in secrets)


def test_a_job_with_gpus_starts_ordinarily(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert run.do(run.program("print(3)")) == (0, "3\n", "")
    assert run.costs() == 0


def test_a_lost_end_of_the_output_is_a_failure(run: Run) -> None:
    name = run.program("print(3)")
    with Path("/dev/full").open("w") as full:
        forked = [run.do(name, stdout=full) for _ in range(2)]
        done = subprocess.run([sys.executable, run.folder / name], stdout=full)
    assert [code for code, _, _ in forked] == [done.returncode] * 2


def test_two_runs_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for first in _a_run(tmp_path, monkeypatch):
        name = first.program("print(3)")
        for second in _a_run(tmp_path, monkeypatch):
            assert second.do(name) == (0, "3\n", "")
            assert (first.costs(), second.costs()) == (0, 1)


def both(run: Run, monkeypatch: pytest.MonkeyPatch, *words: str, times: int = 2) -> None:
    """Forked jobs say and end as an ordinary start does."""
    forked = [run.do(*words) for _ in range(times)]
    with monkeypatch.context() as ordinary:
        ordinary.setattr(run, "python", sys.executable)
        expected = run.do(*words)
    assert forked == [expected] * times


@pytest.mark.parametrize(
    "mistake",
    ["def f():\n    1 / 0\nf()\n", "raise KeyboardInterrupt\n", "this is not Python\n"],
)
def test_a_mistake_is_shown_as_ever(
    run: Run, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    both(run, monkeypatch, run.program(mistake))
    assert run.costs() == 2


def test_a_program_may_write_into_a_pipe(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own streams are files without an end, a job's may be anything."""
    text = (
        "import sys\nfrom lingraft.program import prepare_process\nprepare_process()\n"
        "streams = [sys.stdin, sys.stdout, sys.stderr]\n"
        "print([(s.encoding, s.errors, s.mode, s.name, s.isatty(), s.seekable(), s.fileno(),"
        " s.line_buffering, s.write_through, s.newlines) for s in streams])\n"
        "print(sys.stdin.readline(), sys.stdin.read(), sys.__stdout__ is sys.stdout)\n"
    )
    name = run.program(text)
    forked = [run.do(name, given="one\ntwo") for _ in range(3)]
    with monkeypatch.context() as ordinary:
        ordinary.setattr(run, "python", sys.executable)
        expected = run.do(name, given="one\ntwo")
    assert forked == [expected] * 3
    assert expected[0] == 0, expected
    assert run.costs() == 3


@pytest.mark.parametrize("draw", [
    "random.random()", "numpy.random.random()", "torch.rand(1).item()", "torch.initial_seed()",
])  # fmt: skip
def test_draws_without_a_seed_differ_from_job_to_job(run: Run, draw: str) -> None:
    library = draw.partition(".")[0]
    name = run.program(f"import {library}\nprint({draw})\n")
    drawn = [run.do(name) for _ in range(4)]
    assert {(code, err) for code, _, err in drawn} == {(0, "")}
    assert len({out for _, out, _ in drawn}) == 4
    assert run.costs() == 4


def test_full_memory_is_told_as_ever(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "def main() -> None:\n    print('begins')\n    bytearray(1 << 60)\n"
    name = run.program(f"from lingraft.program import run\n{text}run(main)\n")
    both(run, monkeypatch, name, times=3)
    code, out, err = run.do(name)
    assert (code, out) == (1, "begins\n")
    assert err.startswith("error: out of memory") and err.count("\n") == 1
    assert run.costs() == 4


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGABRT", "SIGSEGV", "SIGBUS"])
def test_the_log_of_a_killed_job_is_as_ever(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What was flushed is in it, what was not is lost."""
    text = (
        "import os, resource, signal, sys\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
        "print('told', flush=True)\nprint('lost', end='')\nprint('an error', file=sys.stderr)\n"
        f"os.kill(os.getpid(), signal.{name})\nsignal.pause()\n"
    )
    both(run, monkeypatch, run.program(text), times=3)
    assert run.costs() == 3


def test_what_libraries_in_c_print_is_not_lost(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = run.program("import ctypes\nctypes.CDLL(None).printf(b'of C ')\n")
    both(run, monkeypatch, name)
    assert run.do(name)[1] == "of C "


def test_what_fails_before_a_program_begins_does_not_count_as_success(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails before a program begins makes it start ordinarily."""
    stub = "types.ModuleType('torch')"
    costly(run, monkeypatch, f"import sys, types\nsys.modules['torch'] = {stub}\n")
    both(run, monkeypatch, run.program(COSTLY), times=3)


@pytest.mark.parametrize(("name", "value"), [("LC_ALL", "C"), ("TZ", "UTC-9"), ("HOME", "/else")])
def test_what_python_reads_at_its_start_makes_an_ordinary_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    text = "import site, sys, time\nprint(sys.flags, time.tzname, site.USER_SITE)\n"
    monkeypatch.setenv(name, value)
    both(run, monkeypatch, run.program(text))


def test_a_signal_during_imports_reaches_the_job(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = run.folder / "gate"
    os.mkfifo(gate)
    costly(run, monkeypatch, f"open({str(gate)!r}).read()\n")
    name = run.program(f"{COSTLY}import sys\nsys.stdin.read()\n")
    with run.start(name) as first:
        gate.open("w").close()
        assert first.communicate("")[0] == "3\n"
    with run.start(name) as second:
        with gate.open("w"):  # the zygote imports now, until this is closed
            second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=30) == -signal.SIGTERM


def test_a_signal_does_not_come_into_the_middle_of_a_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = socket.socketpair()
    send_fds = socket.send_fds

    def interrupted(*arguments: Any) -> int:
        sent = send_fds(*arguments)
        # To this thread, which is the only one of a client: another one might not block it.
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)
        return sent

    monkeypatch.setattr(socket, "send_fds", interrupted)
    with ours, theirs:
        theirs.sendall(b"ended 0\n")
        before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
        try:
            assert client_module._HandedOver(ours).run(["a.py"]) == 0
        finally:
            signal.signal(signal.SIGUSR1, before)
        texts, files = receive(theirs, 3)
        for number in files:
            os.close(number)
        assert texts[:2] == [b"1", b"a.py"]
        assert theirs.recv(9) == bytes([signal.SIGUSR1])


def test_without_memory_for_a_fork_a_job_is_refused_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork() -> int:
        raise BlockingIOError

    control, of_server = socket.socketpair()
    connection, of_client = socket.socketpair()
    with of_server, of_client, (tmp_path / "log").open("w") as log:
        zygote = zygote_module.Zygote(control, tmp_path)
        monkeypatch.setattr(os, "fork", fork)
        send(of_server, [b"1", b"a.py", b"/", b"18"], [connection.fileno(), *[log.fileno()] * 3])
        connection.close()
        zygote._take()
        assert of_client.recv(99) == b"refused\n"
        assert zygote._control is control
        zygote._stop_taking()


def test_a_server_leaves_nothing_behind(run: Run) -> None:
    """Snakemake removes the folder at its end, and cannot if it was killed."""
    _end(running._alive[-1])
    assert not run.server.exists()


def test_temporary_folders_have_names_of_any_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as short:
        odd = Path(short, os.fsdecode(b"\xff a'b\xc3\xa4"))
        odd.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(odd))
        for run in _a_run(odd, monkeypatch):
            assert run.server.parent == odd
            assert run.do(run.program("print(3)")) == (0, "3\n", "")
            assert run.costs() == 1
        parted = Path(short, f"a{os.pathsep}b")  # PATH cannot have it
        parted.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(parted))
        assert start_server() is None
        long = Path(short, "x" * 100)
        long.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(long))
        assert start_server() is None


@pytest.mark.parametrize("relative", ["", "lib", "{}:", ":{}", "{}:lib"])
def test_modules_by_the_working_directory_are_found_by_ordinary_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relative: str
) -> None:
    before = os.environ["PATH"]
    monkeypatch.delenv(SWITCH, raising=False)
    monkeypatch.setenv("PYTHONPATH", relative.format(tmp_path) or ":")
    assert start_server() is None
    assert os.environ["PATH"] == before


def test_python_without_unsafe_folders_stays_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    for run in _a_run(tmp_path, monkeypatch):
        both(run, monkeypatch, run.program("import sys\nprint(sys.path)\n"))
        assert run.costs() == 2


def test_the_working_directory_hides_no_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "programs").mkdir()
    for run in _a_run(tmp_path / "programs", monkeypatch):
        assert run.do(run.program("print(3)")) == (0, "3\n", "")
        assert run.costs() == 1


def test_the_cost_of_a_job_is_left_once(run: Run) -> None:
    log = run.folder / "job.log"
    name = run.program("sum(range(3_000_000))")
    with log.open("w") as stream:
        assert run.do(name, stdout=stream)[0] == 0
    cost = take_cost(run.server / "costs", log)
    assert cost is not None
    assert 0.01 < cost["cpu_time"] < 10 and 5 < cost["max_rss"] < 500
    assert take_cost(run.server / "costs", log) is None


def test_the_user_can_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "no")
    before = os.environ["PATH"]
    assert start_server() is None
    assert os.environ["PATH"] == before
