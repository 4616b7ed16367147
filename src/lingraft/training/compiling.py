"""Transformer layers whose operations torch.compile joins into few kernels.

Each layer is compiled by itself: one layer is compiled, the others are like it. The whole body at
once takes five times as long and trains no faster.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from lingraft.errors import ConfigError
from lingraft.models.kernels import runs_kernels
from lingraft.models.layers import transformer_layers

# The kernels that are timed and chosen on a device may add in another order on the next one, and
# after a restart. Without that choice the same training gives the same bits.
_OPTIONS: dict[str, Any] = {"deterministic": True}
_KINDS = 64  # of layers and of inputs; by default a ninth kind would run as it is


def compiles_by_default(device: torch.device, is_observed: bool, zero_stage: int) -> bool:
    """Whether layers are compiled where nobody says so.

    On a processor that gains nothing. With ZeRO 3 it has not run on a GPU yet, so it is asked for.

    Args:
        device: a GPU or the processor.
        is_observed: as `observes_layers` says.
        zero_stage: of DeepSpeed.
    """
    return not is_observed and zero_stage < 3 and runs_kernels(device)


def compile_layers(model: Any) -> None:
    """Compile the layers of a model's body, or the body of a model that has no list of them.

    Args:
        model: its layers are compiled when they run first.
    """
    _begin()
    try:
        parts = list(transformer_layers(model))
    except ConfigError:
        parts = [model.base_model]
    for part in parts:
        part.compile(options=_OPTIONS)


def compile_forward(layers: Sequence[nn.Module]) -> None:
    """Compile what layers compute, and not the hooks around it.

    ZeRO 3 gathers a layer's weights in a hook before it, so the compiled code sees whole weights
    always, and is the same for all layers.

    Args:
        layers: of a new model; no module inside of them has hooks.
    """
    _begin()
    for layer in layers:
        layer.forward = torch.compile(layer.forward, options=_OPTIONS)


def _begin() -> None:
    torch.compiler.reset()  # an earlier stage's layers are others, and would count as kinds
    torch._dynamo.config.recompile_limit = _KINDS
    # A layer that cannot be compiled runs as it is.
    torch._dynamo.config.suppress_errors = True
