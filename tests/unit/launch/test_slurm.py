"""What is asked of Slurm's commands; tests/slurm asks the real ones."""

import os
import socket
from pathlib import Path

import pytest

from lingraft.launch.slurm import is_silent, requeue_job, stop_jobs_of, without_waiting


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Slurm that notes what it is asked; `state` is what squeue says."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("scontrol", "scancel", "squeue"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/asked\n'
            + (f"cat {tmp_path}/state\n" if name == "squeue" else "")
            + (f"cat {tmp_path}/refused >&2 2>/dev/null && exit 1\n" if name == "scontrol" else "")
            + (f": > {tmp_path}/state\n" if name == "scancel" else "")
            + "exit 0\n"
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("SLURM_JOB_ID", "42")
    monkeypatch.delenv("RANK", raising=False)
    (tmp_path / "state").write_text("RUNNING\n")
    return tmp_path / "asked"


def test_a_running_job_is_requeued(asked: Path) -> None:
    assert requeue_job()
    assert "scontrol requeue 42" in asked.read_text()


@pytest.mark.parametrize("state", ["COMPLETING", "CANCELLED", "TIMEOUT", ""])
def test_a_job_that_slurm_ends_is_left_to_it(asked: Path, state: str) -> None:
    (asked.parent / "state").write_text(state)
    assert not requeue_job()
    assert "scontrol" not in asked.read_text()


def test_where_requeueing_is_forbidden_the_job_just_ends(asked: Path) -> None:
    (asked.parent / "refused").write_text("Job requeue is disabled")
    assert not requeue_job()


def test_one_process_of_several_asks(asked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert not requeue_job()
    assert not asked.exists()


def test_without_slurm_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setenv("PATH", "")
    assert not requeue_job()
    stop_jobs_of(Path("/somewhere"))


def test_only_jobs_that_this_folders_run_submitted_are_cancelled(asked: Path) -> None:
    lines = ["7|rule_pretrain_wildcards_a|/here", "8|rule_pretrain|/there", "9|mine|/here"]
    (asked.parent / "state").write_text("\n".join([*lines, "42|rule_x|/here"]))
    stop_jobs_of(Path("/here"))
    assert "scancel 7\n" in asked.read_text()


def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    (tmp_path / "slurm.conf").write_text(said, "utf-8")
    monkeypatch.setenv("SLURM_CONF", str(tmp_path / "slurm.conf"))
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)


def test_a_controller_that_does_not_run_is_not_waited_for(
    asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = f"ClusterName=a\nslurmctldhost = a(127.0.0.1) # ours\nSlurmctldPort={port}\n"
        configured(tmp_path, monkeypatch, said)
        assert not is_silent()
        assert without_waiting() == {}
    assert is_silent()  # the same port, where nobody listens now
    assert without_waiting() == {"SLURM_CONF": os.devnull}
    stop_jobs_of(Path("/somewhere"))
    assert not asked.exists()
    monkeypatch.setenv("SLURM_JOB_ID", "42")  # then there is a Slurm
    assert not is_silent()


@pytest.mark.parametrize("said", ["", "ClusterName=a\n", "include other.conf\n", "\xff"])
def test_an_unknown_controller_is_asked_as_always(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, monkeypatch, said)
    assert not is_silent()
    (tmp_path / "slurm.conf").unlink()
    assert not is_silent()
