"""Energy that a training used, where the machine reports it: NVIDIA's counter, or Intel's RAPL.

RAPL counts whole processor packages, including other jobs on them, so only the first process of a
machine reads it. Both are counters of joules: only differences mean anything.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

POWERCAP = Path("/sys/class/powercap")

Counter = Callable[[], float]  # joules since some moment


class EnergyMeter:
    """Joules of this process's device since the last reading; None without a counter."""

    def __init__(self, counter: Counter | None) -> None:
        self._counter = counter
        self._last = counter() if counter else 0.0

    @classmethod
    def of(cls, device: torch.device) -> "EnergyMeter":
        """The meter of this process's share: its GPU, or the packages of its machine."""
        if device.type == "cuda":
            return cls(gpu_counter(device))
        is_first_here = os.environ.get("LOCAL_RANK", "0") == "0"
        # The other processes of a machine add 0. None would make the sum of all processes NaN.
        return cls(rapl_counter(POWERCAP) if is_first_here else lambda: 0.0)

    def read(self) -> float | None:
        """Joules since the last call."""
        if self._counter is None:
            return None
        now = self._counter()
        used, self._last = now - self._last, now
        return used


def gpu_counter(device: torch.device) -> Counter | None:
    """The energy counter of a GPU (since Volta), if NVIDIA's Python bindings are installed."""
    try:
        import pynvml

        pynvml.nvmlInit()
        identity = str(torch.cuda.get_device_properties(device).uuid)
        handle: Any = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{identity}".encode())

        def counter() -> float:
            # NVML counts millijoules.
            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1e3

        counter()
    except Exception:  # bindings, driver or card cannot: there is simply no figure
        return None
    return counter


def rapl_counter(folder: Path) -> Counter | None:
    """The sum over the machine's processor packages; mostly only root may read it."""
    packages = sorted(folder.glob("intel-rapl:[0-9]"))  # subdomains, as intel-rapl:0:1, are in them
    try:
        ranges = [int((p / "max_energy_range_uj").read_text()) for p in packages]
        previous = [_microjoules(package) for package in packages]
    except (OSError, ValueError):
        return None
    if not packages:
        return None
    total = 0

    def counter() -> float:
        nonlocal total
        for number, package in enumerate(packages):
            now = _microjoules(package)
            total += (now - previous[number]) % (ranges[number] + 1)  # it wraps around
            previous[number] = now
        return total / 1e6

    return counter


def _microjoules(package: Path) -> int:
    return int((package / "energy_uj").read_text())
