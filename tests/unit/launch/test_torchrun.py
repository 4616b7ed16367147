"""The launcher ends as its workers do; real processes, but ones that import nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORKER = """
import os, signal, sys, time
mode, ready = sys.argv[1:]
if mode == "wait":
    def save(number, frame):
        time.sleep(0.1)
        open(ready + "-saved-" + os.environ["RANK"], "w").close()
        sys.exit(75)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # inherited: as under nohup
    signal.signal(signal.SIGUSR1, save)
    # A launcher that is asked while it still starts the workers ends them by SIGTERM.
    signal.signal(signal.SIGTERM, save)
    open(ready + os.environ["RANK"], "w").close()
    time.sleep(60)
if mode == "killed" and os.environ["RANK"] == "1":
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(int(mode) if mode.isdigit() else 0)
"""


def launch(folder: Path, mode: str) -> subprocess.Popen[str]:
    worker = folder / "worker.py"
    worker.write_text(WORKER)
    (folder / "temporary").mkdir()
    words = [sys.executable, "-m", "lingraft.launch.torchrun", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*words, str(worker), mode, str(folder / "ready")], stderr=subprocess.PIPE, text=True,
        env=os.environ | {"TMPDIR": str(folder / "temporary")},
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )  # fmt: skip


@pytest.mark.parametrize(("mode", "code"), [("3", 3), ("killed", 137)])
def test_exit_code_of_the_workers(tmp_path: Path, mode: str, code: int) -> None:
    launcher = launch(tmp_path, mode)
    _, messages = launcher.communicate(timeout=60)
    assert launcher.returncode == code
    assert ("process 1 was ended by SIGKILL" in messages) == (mode == "killed")
    assert "exitcode" not in messages  # torchrun's own report
    assert not list((tmp_path / "temporary").iterdir())


def test_a_signal_reaches_the_workers_and_means_75(tmp_path: Path) -> None:
    launcher = launch(tmp_path, "wait")
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ready?"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    launcher.send_signal(signal.SIGHUP)  # ignored, and no end of anything
    launcher.send_signal(signal.SIGUSR1)
    launcher.communicate(timeout=60)
    assert launcher.returncode == 75
    assert len(list(tmp_path.glob("ready-saved-*"))) == 2
