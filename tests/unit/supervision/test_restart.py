"""What a killed run leaves behind, made for real: locks, owners, orphans."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lingraft.errors import LingraftError
from lingraft.locks import Lock
from lingraft.supervision import restart


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Run in an empty folder; what would become of this process is recorded instead."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKELEVEL", raising=False)
    calls: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda program, words, environment: calls.append(words))
    return calls


def lock(owner: dict[str, object] | None) -> Path:
    locks = Path(".snakemake/locks")
    locks.mkdir(parents=True)
    (locks / "0.input.lock").touch()
    if owner is not None:
        Path(".snakemake/lingraft-run.json").write_text(json.dumps(owner))
    return locks


def test_a_first_run_just_starts(started: list[list[str]]) -> None:
    restart.run_snakemake(["--cores", "2"])
    assert started[0][1:] == ["--cores", "2"]
    owner = json.loads(Path(".snakemake/lingraft-run.json").read_text())
    assert owner == {"host": socket.gethostname(), "pid": os.getpid()}


def test_the_lock_of_a_dead_run_is_removed(started: list[list[str]]) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    locks = lock({"host": socket.gethostname(), "pid": dead.pid})
    restart.run_snakemake([])
    assert started and not locks.exists()


def test_a_living_run_is_not_touched(started: list[list[str]]) -> None:
    code = "print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "snakemake"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as living:
        assert living.stdout is not None
        living.stdout.readline()
        locks = lock({"host": socket.gethostname(), "pid": living.pid})
        with pytest.raises(LingraftError, match=f"going on in this folder .pid {living.pid}."):
            restart.run_snakemake([])
        assert locks.exists() and not started
        living.kill()


def test_a_run_on_another_machine_is_not_touched(started: list[list[str]]) -> None:
    lock({"host": "elsewhere", "pid": 1})
    with pytest.raises(LingraftError, match=r"run on elsewhere .* make unlock"):
        restart.run_snakemake([])
    assert not started


@pytest.mark.parametrize("owner", [{}, {"host": "elsewhere"}])
def test_an_owner_s_file_that_says_nothing_stops_nobody(
    started: list[list[str]], owner: dict[str, object]
) -> None:
    lock(owner)
    restart.run_snakemake([])
    assert started


def test_a_start_that_comes_too_late_stops_nobody(started: list[list[str]]) -> None:
    """Of two starts at once the second must not take the first one's Snakemake for an orphan."""
    environment = os.environ | {"LINGRAFT_RUN": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as first:  # fmt: skip
        assert first.stdout is not None
        first.stdout.readline()
        lock = Lock(Path(".snakemake/lingraft-run.lock"))
        assert lock.try_acquire()
        with pytest.raises(LingraftError, match="follow it with: make status"):
            restart.run_snakemake([])
        assert first.poll() is None and not started
        lock.release()
        first.communicate(b"\n")


def test_orphans_of_this_folder_are_stopped_and_others_live(started: list[list[str]]) -> None:
    def child(folder: str, **more: str) -> subprocess.Popen[bytes]:
        environment = os.environ | {"LINGRAFT_RUN": folder} | more
        process = subprocess.Popen(
            [sys.executable, "-c", "print(flush=True); input()"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        return process

    orphan = child(str(Path.cwd()))
    others = [child("/somewhere/else"), child(str(Path.cwd()), SLURM_JOB_ID="7")]
    try:
        restart.run_snakemake([])
        assert not psutil.pid_exists(orphan.pid)
        assert [other.poll() for other in others] == [None, None]
    finally:
        for process in (orphan, *others):
            process.kill()
            process.communicate()
