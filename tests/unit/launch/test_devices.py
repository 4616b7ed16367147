"""Jobs on a GPU box: each sees devices of its own, for as long as it lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lingraft.errors import ConfigError
from lingraft.launch.devices import lock_devices, visible_devices

SHOW = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); input()"


def job(count: int, folder: Path, **more: str) -> subprocess.Popen[str]:
    """A job that shows its devices and then waits to be told to end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SLURM")}
    environment |= {"CUDA_VISIBLE_DEVICES": "0,1,2", "TMPDIR": str(folder)} | more
    command = [sys.executable, "-m", "lingraft.launch.devices", str(count), "--"]
    return subprocess.Popen(
        [*command, sys.executable, "-c", SHOW],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def shown(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_jobs_never_share_a_device_and_wait_for_one(tmp_path: Path) -> None:
    first, second = job(2, tmp_path), job(1, tmp_path)
    devices = [shown(first), shown(second)]
    assert sorted(",".join(devices).split(",")) == ["0", "1", "2"]
    third = job(2, tmp_path)  # none is free: it waits
    first.kill()  # however it ends, its devices are free again
    first.communicate()
    assert shown(third) == devices[0]
    for process in (second, third):
        process.communicate("\n")


def test_a_scheduler_has_assigned_the_devices_already(tmp_path: Path) -> None:
    process = job(1, tmp_path, SLURM_JOB_ID="7", CUDA_VISIBLE_DEVICES="5")
    assert shown(process) == "5"
    process.communicate("\n")


def test_more_than_there_are_is_refused(tmp_path: Path) -> None:
    process = job(4, tmp_path)
    _, error = process.communicate()
    assert process.returncode == ConfigError.exit_code
    assert error.startswith("error: this job needs 4 GPUs, but 3 are visible here")


def test_no_device_is_visible_without_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert visible_devices({}) == []
    assert visible_devices({"CUDA_VISIBLE_DEVICES": "1, 3"}) == ["1", "3"]
    assert visible_devices({"CUDA_VISIBLE_DEVICES": ""}) == []


def test_locks_are_taken_in_the_order_of_the_devices(tmp_path: Path) -> None:
    assert lock_devices(2, ["GPU-b", "GPU-a", "GPU-c"], tmp_path) == ["GPU-b", "GPU-a"]
