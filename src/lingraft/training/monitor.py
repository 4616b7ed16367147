"""Speed, memory, use of the device, energy: what a person wants to see of a training."""

import math
import os
import re
import resource
import sys
import time
from typing import Any

import torch

from lingraft.models.heads import embedding_parameters
from lingraft.models.objective import continues_text
from lingraft.training.energy import EnergyMeter
from lingraft.training.world import World

# Dense bf16 peaks in FLOP/s (vendors' data sheets, without sparsity).
PEAKS = {
    "GH200": 989e12, "H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "L40": 181e12,
    "A10G": 70e12, "L4": 121e12, "RTX 4090": 165e12, "V100": 125e12,
}  # fmt: skip


class Monitor:
    """Measures between one line of the log and the next."""

    def __init__(
        self, world: World, seconds: float, joules: float = 0.0, cpu_seconds: float = 0.0
    ) -> None:
        self.world = world
        self.joules = joules  # of all processes, those before a restart included
        self._meter = EnergyMeter.of(world.device)
        self._earlier = seconds
        self._started = time.monotonic()
        self._earlier_cpu = cpu_seconds
        self._cpu_started = _cpu_time()
        self._tokens = 0
        self._training_seconds = 0.0
        self._flops = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of this training, those before a restart included."""
        return self._earlier + time.monotonic() - self._started

    def cpu_seconds(self) -> float:
        """CPU seconds of all processes of this training, those before a restart included.

        All processes must call it. Other jobs on the machine do not count, as they do in `seconds`.
        """
        (used,) = self.world.sum(_cpu_time() - self._cpu_started)
        return self._earlier_cpu + used

    def note(self, tokens: int, seconds: float, flops: float) -> None:
        """Note a step of all processes.

        Args:
            tokens: tokens of the step.
            seconds: its duration.
            flops: its useful floating point operations.
        """
        self._tokens += tokens
        self._training_seconds += seconds
        self._flops += flops

    def read(self) -> dict[str, Any]:
        """Figures since the last reading; energy and MFU only where the device reports them.

        All processes must call it.
        """
        speed = self._tokens / max(1e-9, self._training_seconds)
        figures: dict[str, Any] = {
            "tokens_per_second": round(speed, 1),
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds(), 3),
            "peak_memory_bytes": peak_memory(self.world),
        }
        peak = device_peak(self.world)
        if peak:
            used = self._flops / max(1e-9, self._training_seconds) / (peak * self.world.size)
            figures["mfu"] = round(used, 4)
        used_here = self._meter.read()
        # One NaN makes the sum NaN: a total without one of the devices would be wrong.
        (joules,) = self.world.sum(math.nan if used_here is None else used_here)
        if math.isfinite(joules):
            self.joules += joules
            figures["joules"] = round(self.joules, 1)
        self._tokens, self._training_seconds, self._flops = 0, 0.0, 0.0
        return figures


def _cpu_time() -> float:
    """User and system seconds of this process, its threads and its finished children."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def flops(model: Any, tokens: int, length: float, predictions: int) -> float:
    """Useful floating point operations of a training step: forward, the gradients of what a layer
    was given, and those of its weights where they are trained.

    Counts two per weight and token in the body, attention, and the output layer only where a token
    is predicted; embedding lookups are free.

    Args:
        model: with its head; which parameters have a gradient matters.
        tokens: tokens of the step.
        length: tokens of a row.
        predictions: predicted tokens of the step.
    """
    body, trained, attention, head = _weights(model, length)
    # Two operations per weight forward, two for the gradients of a layer's inputs, and two for
    # those of its weights where they are trained. A backward pass of attention costs two forward
    # passes.
    total: float = tokens * (4.0 * body + 2.0 * trained + 3.0 * attention)
    return total + 6.0 * predictions * head


def forward_flops(model: Any, tokens: int, length: float, predictions: int) -> float:
    """As `flops`, of a forward pass alone."""
    body, _, attention, head = _weights(model, length)
    return tokens * (2.0 * body + attention) + 2.0 * predictions * head


def _weights(model: Any, length: float) -> tuple[int, int, float, int]:
    """Weights of the body, those that are trained, attention's operations a token, the head's."""
    apart = embedding_parameters(model)
    weights = [p for p in model.parameters() if id(p) not in apart and _is_matrix(p)]
    body = sum(size_of(p) for p in weights)
    trained = sum(size_of(p) for p in weights if p.requires_grad)
    output = model.get_output_embeddings()
    over = [] if output is None else output.parameters()
    head = sum(size_of(p) for p in over if _is_matrix(p))
    config = model.config
    layers = getattr(config, "num_hidden_layers", 0)
    # 2 L H operations for a token's scores and 2 L H for its weighted values. In a causal model a
    # token sees half of the row on average.
    seen = 0.5 if output is not None and continues_text(config) else 1.0
    return body, trained, 4.0 * length * config.hidden_size * layers * seen, head


def size_of(parameter: Any) -> int:
    """How many numbers a parameter has, also where ZeRO-3 keeps most of them elsewhere."""
    return int(getattr(parameter, "ds_numel", parameter.numel()))


def _is_matrix(parameter: Any) -> bool:
    """Whether it is not a bias or a scale; ZeRO-3 leaves a flat part of any parameter here."""
    return len(getattr(parameter, "ds_shape", parameter.shape)) > 1


def peak_memory(world: World) -> int:
    """Most bytes this process ever held, on the GPU if it has one."""
    if world.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(world.device))
    # `ru_maxrss` is in bytes on macOS and in KiB on Linux.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device_peak(world: World) -> float | None:
    """FLOP/s of this GPU in dense bf16, if it is one we know."""
    if world.device.type != "cuda":
        return None
    return peak_of(torch.cuda.get_device_name(world.device))


def peak_of(device: str) -> float | None:
    """The peak of a GPU in FLOP/s by the name that its driver gives; None if it is not known."""
    # Whole words only: "L4" is also a part of "L40" and "L40S".
    return next((peak for known, peak in PEAKS.items() if re.search(rf"\b{known}\b", device)), None)
