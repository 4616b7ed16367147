"""The processes of a training, and which device each has; works alike for one and for many."""

import logging
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from lingraft.errors import LingraftError
from lingraft.launch.forking.settled import settle
from lingraft.launch.signals import die_with_parent

logger = logging.getLogger(__name__)

_NEVER = timedelta(days=365)


@dataclass(frozen=True)
class World:
    """This process among all."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes what only one may write."""
        return self.rank == 0

    @property
    def device_name(self) -> str:
        """What it computes on: the GPU's name, or `cpu`."""
        is_gpu = self.device.type == "cuda"
        return torch.cuda.get_device_name(self.device) if is_gpu else self.device.type

    def barrier(self) -> None:
        """Wait for all."""
        if self.size > 1:
            dist.barrier()

    def sum(self, *values: float) -> list[float]:
        """Sums over all processes, in fp64."""
        if self.size == 1:
            return list(values)
        dtype = torch.float64
        total = torch.tensor(values, dtype=dtype, device=self.device)
        dist.all_reduce(total)
        return [float(value) for value in total.tolist()]

    def gather(self, value: Any) -> list[Any]:
        """What every process has, in the order of ranks, on all of them."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        dist.all_gather_object(values, value)
        return values

    def broadcast(self, value: Any) -> Any:
        """What the main process has, on all of them."""
        if self.size == 1:
            return value
        values = [value]
        # The other processes' list is filled in place.
        dist.broadcast_object_list(values, src=0, device=self.device)
        return values[0]

    def alone(self, act: Callable[[], None]) -> None:
        """Let the main process act while the others wait; if it fails, all raise its error.

        A process that went on would wait for the others in its next collective call.
        """
        failure = None
        if self.is_main:
            try:
                act()
            except LingraftError as error:
                failure = error
        if failure := self.broadcast(failure):
            raise failure


def join_world(timeout_minutes: float = 30.0) -> World:
    """Join the processes that torchrun (or the deepspeed launcher) started; alone without them.

    A lone process needs no launcher, no port and, on the CPU, no compiler.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    use_gpu = torch.cuda.is_available()
    prepare_deepspeed(use_gpu)
    device = torch.device("cuda", local_rank) if use_gpu else torch.device("cpu")
    if use_gpu:
        torch.cuda.set_device(device)
    if size > 1:
        die_with_parent()
    timeout = timedelta(minutes=timeout_minutes) if timeout_minutes else _NEVER
    _join(size, rank, "nccl" if use_gpu else "gloo", timeout)
    return World(rank, size, device)


def prepare_deepspeed(use_gpu: bool) -> None:
    """Set what DeepSpeed reads when it is imported, and keep it from compiling at first use.

    On the CPU it would build a shared-memory kernel (20 s, with a C++ compiler, behind a lock file
    that outlives a killed build) that only its inference uses: we declare it unavailable. What is
    built anyway, on GPUs, goes into the environment, not into the user's home.
    """
    if not use_gpu:
        settle("DS_ACCELERATOR", "cpu")
    extensions = Path(sys.prefix) / "share" / "lingraft" / "torch_extensions"
    settle("TORCH_EXTENSIONS_DIR", os.environ.get("TORCH_EXTENSIONS_DIR", str(extensions)))
    # Without these DeepSpeed looks for MPI, which a single process does not need.
    for name, value in {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1"}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29500")
    logging.getLogger("DeepSpeed").setLevel(logging.WARNING)
    import deepspeed

    deepspeed.utils.logger.setLevel(logging.WARNING)
    if not use_gpu:
        # DeepSpeed asks this table before it builds a kernel. It runs a compiler to fill the table
        # at the first use, but only if there is none.
        deepspeed.ops.__compatible_ops__ = {"deepspeed_not_implemented": False}


def _join(size: int, rank: int, backend: str, timeout: timedelta) -> None:
    import deepspeed

    if not dist.is_initialized():
        if size == 1:
            # A table in this process's memory, where usually a TCP server on a port would be.
            store = dist.HashStore()  # type: ignore[attr-defined]
            dist.init_process_group(backend, store=store, rank=0, world_size=1, timeout=timeout)
        else:
            dist.init_process_group(backend, rank=rank, world_size=size, timeout=timeout)
    deepspeed.init_distributed(dist_backend=backend, auto_mpi_discovery=False, verbose=False)
