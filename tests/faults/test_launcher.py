"""The program itself, by hand and under torchrun: exit codes, and no worker left behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def command(folder: Path, *launcher: str, steps: int) -> list[str]:
    settings = {"steps": steps, "sequence_length": 16, "batch_size": 8}
    return [
        *launcher, str(ROOT / "scripts" / "pretrain.py"), "--settings", json.dumps(settings),
        "--model", str(folder / "model"), "--tokens", str(folder / "tokens" / "text"),
        "--state", str(folder / "state-cli"), "--output", str(folder / "output-cli"),
        "--corpora", f"text={folder / 'corpora' / 'text'}",
    ]  # fmt: skip


def workers_of(folder: Path) -> set[int]:
    """Processes that train into this folder (their command lines name it)."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(folder / "output-cli").encode() in words and b"torch.distributed.run" not in words:
            found.add(int(path.parent.name))
    return found


def test_by_hand(plain_bert: Path) -> None:
    finished = subprocess.run(
        command(plain_bert, sys.executable, steps=3), capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert (plain_bert / "output-cli" / "manifest.json").exists()
    wrong = command(plain_bert, sys.executable, steps=3)
    wrong[wrong.index("--tokens") + 1] = str(plain_bert / "nowhere")
    refused = subprocess.run(wrong, capture_output=True, text=True, check=False)
    assert refused.returncode == 65
    assert refused.stderr.splitlines()[-1].startswith("error: ")


TORCHRUN = (sys.executable, "-m", "lingraft.launch.torchrun", "--standalone", "--nproc-per-node=2")
DEEPSPEED = (str(Path(sys.executable).with_name("deepspeed")), "--num_gpus", "2")


@pytest.mark.parametrize(
    "launcher", [TORCHRUN, pytest.param(DEEPSPEED, marks=pytest.mark.slow)], ids=["torch", "deep"]
)
def test_75_reaches_who_started_two_processes(gpt2: Path, launcher: tuple[str, ...]) -> None:
    words = command(gpt2, *launcher, steps=1_000_000)
    settings = words.index("--settings") + 1
    words[settings] = json.dumps({**json.loads(words[settings]), "objective": "causal"})
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "DS_ACCELERATOR": "cpu"}
    stopped = subprocess.run(
        [*words, "--time-budget", "0.002"], env=environment, check=False, capture_output=True,
        text=True,
    )  # fmt: skip
    assert stopped.returncode == 75
    assert "the same command continues" in stopped.stderr
    (state,) = (gpt2 / "state-cli").iterdir()
    assert list(state.glob("step-*/COMMIT.json"))
    shutil.rmtree(gpt2 / "state-cli")


def test_no_worker_survives_a_killed_launcher(plain_bert: Path) -> None:
    launcher = subprocess.Popen(
        command(plain_bert, *TORCHRUN, steps=1_000_000), stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        states = list((plain_bert / "state-cli").glob("*/heartbeat-00001.json"))
        if states and len(workers_of(plain_bert)) >= 2:
            break
        time.sleep(0.2)
    assert len(workers_of(plain_bert)) >= 2
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    deadline = time.monotonic() + 30
    while workers_of(plain_bert) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not workers_of(plain_bert)
