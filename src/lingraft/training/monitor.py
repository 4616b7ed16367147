"""Speed, memory, use of the device, energy: what a person wants to see of a training."""

import resource
import sys
import time
from typing import Any

import torch

from lingraft.models.heads import embedding_parameters
from lingraft.training.world import World

# Dense bf16 peaks in FLOP/s (vendors' data sheets, without sparsity).
PEAKS = {
    "H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12, "A10G": 70e12, "L4": 121e12,
    "RTX 4090": 165e12, "V100": 125e12,
}  # fmt: skip


class Monitor:
    """Measures between one line of the log and the next."""

    def __init__(self, world: World, seconds: float) -> None:
        self.world = world
        self._earlier = seconds
        self._started = self._window_started = time.monotonic()
        self._tokens = 0
        self._training_seconds = 0.0
        self._flops = 0.0
        self._joules = 0.0

    @property
    def seconds(self) -> float:
        """Seconds of this training, those before a restart included."""
        return self._earlier + time.monotonic() - self._started

    def note(self, tokens: int, seconds: float, flops: float) -> None:
        """Note a step of all processes."""
        self._tokens += tokens
        self._training_seconds += seconds
        self._flops += flops

    def read(self) -> dict[str, Any]:
        """Figures since the last reading; energy and MFU only where the device tells."""
        speed = self._tokens / max(1e-9, self._training_seconds)
        figures: dict[str, Any] = {
            "tokens_per_second": round(speed, 1),
            "seconds": round(self.seconds, 3),
            "peak_memory_bytes": peak_memory(self.world),
        }
        peak = device_peak(self.world)
        if peak:
            used = self._flops / max(1e-9, self._training_seconds) / (peak * self.world.size)
            figures["mfu"] = round(used, 4)
        watts = device_watts(self.world)
        if watts is not None:
            now = time.monotonic()
            self._joules += watts * (now - self._window_started) * self.world.size
            self._window_started = now
            figures["joules"] = round(self._joules)
        self._tokens, self._training_seconds, self._flops = 0, 0.0, 0.0
        return figures


def flops(model: Any, tokens: int, length: int, predictions: int) -> float:
    """Useful floating point operations of a training step: forward and twice that backward.

    Counts two per weight and token in the body, attention, and the output layer only where a token
    is predicted; embedding lookups are free.
    """
    apart = embedding_parameters(model)
    body = sum(p.numel() for p in model.parameters() if id(p) not in apart and p.ndim > 1)
    output = model.get_output_embeddings()
    head = output.weight.numel() if output is not None else 0
    config = model.config
    layers = getattr(config, "num_hidden_layers", 0)
    causal = 0.5 if getattr(config, "is_decoder", False) else 1.0
    attention = 4.0 * length * config.hidden_size * layers * causal
    total: float = 3.0 * (tokens * (2.0 * body + attention) + 2.0 * predictions * head)
    return total


def peak_memory(world: World) -> int:
    """Most bytes this process ever held, on the GPU if it has one."""
    if world.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(world.device))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def device_peak(world: World) -> float | None:
    """FLOP/s of this GPU in dense bf16, if it is one we know."""
    if world.device.type != "cuda":
        return None
    name = torch.cuda.get_device_name(world.device)
    return next((peak for known, peak in PEAKS.items() if known in name), None)


def device_watts(world: World) -> float | None:
    """What this GPU draws now, if the driver tells."""
    if world.device.type != "cuda":
        return None
    try:
        return float(torch.cuda.power_draw(world.device)) / 1000.0
    except (RuntimeError, ModuleNotFoundError, AttributeError):
        return None
