"""Energy is read where the machine tells, and is no figure elsewhere."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lingraft.training.energy import EnergyMeter, gpu_counter, rapl_counter


def package(folder: Path, name: str, microjoules: int, highest: int = 1_000_000) -> Path:
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    (path / "max_energy_range_uj").write_text(f"{highest}\n")
    (path / "energy_uj").write_text(f"{microjoules}\n")
    return path


def test_packages_are_added_up_and_wrap_around(tmp_path: Path) -> None:
    package(tmp_path, "intel-rapl:0", 100_000)
    package(tmp_path, "intel-rapl:1", 900_000, highest=999_999)
    package(tmp_path, "intel-rapl:0:0", 5)  # a part of the first, not to be counted twice
    meter = EnergyMeter(rapl_counter(tmp_path))
    package(tmp_path, "intel-rapl:0", 600_000)
    package(tmp_path, "intel-rapl:1", 200_000, highest=999_999)
    assert meter.read() == pytest.approx(0.5 + 0.3)
    assert meter.read() == 0.0


def test_no_figure_where_nothing_may_be_read(tmp_path: Path) -> None:
    assert rapl_counter(tmp_path / "nowhere") is None
    (package(tmp_path, "intel-rapl:0", 1) / "energy_uj").unlink()
    assert rapl_counter(tmp_path) is None
    assert EnergyMeter(None).read() is None


def test_only_the_first_process_of_a_machine_reads_its_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert EnergyMeter.of(torch.device("cpu")).read() == 0.0


def test_counter_of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    millijoules = iter([1000, 1000, 4500])
    fake = SimpleNamespace(
        nvmlInit=lambda: None,
        nvmlDeviceGetHandleByUUID=lambda uuid: uuid,
        nvmlDeviceGetTotalEnergyConsumption=lambda handle: next(millijoules),
    )
    device = torch.device("cuda", 0)
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(uuid="a1b2"))
    meter = EnergyMeter(gpu_counter(device))
    assert meter.read() == 3.5
    monkeypatch.setitem(sys.modules, "pynvml", None)  # not installed
    assert gpu_counter(device) is None
