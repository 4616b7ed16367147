"""Full memory and broken disks are told in one line; defects of ours keep their traceback."""

from pathlib import Path

import pytest
import torch

from lingraft.errors import InputError, LingraftError
from lingraft.training.failures import machine_failures

STATE = Path("state/x")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:131] DefaultCPUAllocator: can't allocate "
                     "memory: you tried to allocate 4000000000000 bytes."),
    ],
)  # fmt: skip
def test_out_of_memory(error: Exception) -> None:
    with (
        pytest.raises(LingraftError, match=r"out of memory; .*`micro_batch=`"),
        machine_failures(STATE),
    ):
        raise error


def test_torch_says_it_as_we_expect() -> None:
    with pytest.raises(LingraftError, match="out of memory"), machine_failures(STATE):
        torch.empty(1 << 60)


def test_disk() -> None:
    error = OSError(5, "Input/output error", "state/x/metrics.jsonl")
    message = r"state/x/metrics\.jsonl: Input/output error; repair"
    with pytest.raises(LingraftError, match=message), machine_failures(STATE):
        raise error


@pytest.mark.parametrize("error", [InputError("mine"), RuntimeError("a defect"), KeyError("x")])
def test_others_pass(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)), machine_failures(STATE):
        raise error
