"""Trainings on one machine never meet each other: ports are of one job, and free."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lingraft.errors import LingraftError
from lingraft.launch import meeting
from lingraft.launch.command_lines import training_launcher


def test_a_port_follows_from_the_job_and_belongs_to_one(tmp_path: Path) -> None:
    job = {"SLURM_JOB_ID": "4711", "SLURM_STEP_ID": "2"}
    first = meeting.lock_port(job, tmp_path)
    assert 20_000 <= first < 32_000
    others = [meeting.lock_port(job, tmp_path) for _ in range(3)]  # other steps of the same job
    others += [meeting.lock_port({"SLURM_JOB_ID": n}, tmp_path) for n in ("4712", "1", "")]
    assert len({first, *others}) == 7


def test_a_port_that_others_use_is_left_to_them(tmp_path: Path) -> None:
    free = meeting.lock_port({}, tmp_path / "a")
    with socket.socket() as other:
        other.bind(("", free))
        other.listen()
        assert meeting.lock_port({}, tmp_path / "b") != free


def test_where_none_is_free_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meeting, "_COUNT", 3)
    monkeypatch.setattr(meeting, "_is_free", lambda port: False)
    with pytest.raises(LingraftError, match="no port from 20000 to 20002 is free"):
        meeting.lock_port({}, tmp_path)


def test_the_launcher_puts_it_where_the_processes_meet(tmp_path: Path) -> None:
    """With stand-ins for srun, which shows its words, and scontrol."""
    (tmp_path / "srun").write_text('#!/bin/sh\nprintf "%s\\n" "$@"; read wait\n')
    (tmp_path / "srun").chmod(0o755)
    line = training_launcher({"gpu": 8, "nodes": 2}) + " scripts/pretrain.py"
    environment = os.environ | {
        "PATH": f"{tmp_path}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SLURM_JOB_ID": "12",
        "TMPDIR": str(tmp_path),
    }
    ports = []
    running = []
    for _ in range(2):
        process = subprocess.Popen(
            ["sh", "-c", line], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        running.append(process)
        assert process.stdout is not None
        script = next(words for words in process.stdout if words.startswith("exec python"))
        ports.append(script.split(":")[-1].split('"')[0])
        assert f'--rdzv-id="$SLURM_JOB_ID-{ports[-1]}"' in script
    for process in running:
        process.communicate("\n")
    assert ports[0].isdigit() and ports[0] != ports[1]
