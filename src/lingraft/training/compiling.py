"""Transformer layers whose operations torch.compile joins into few kernels.

Each layer is compiled by itself: one layer is compiled, the others are like it. The whole body at
once takes five times as long and trains no faster.
"""

from typing import Any

import torch

from lingraft.errors import ConfigError
from lingraft.models.kernels import runs_kernels
from lingraft.models.layers import transformer_layers

# The kernels that are timed and chosen on a device may add in another order on the next one, and
# after a restart. Without that choice the same training gives the same bits.
_OPTIONS = {"deterministic": True}
_KINDS = 64  # of layers and of inputs; by default a ninth kind would run as it is


def compiles_by_default(device: torch.device, zero_stage: int, is_observed: bool) -> bool:
    """Whether layers are compiled where nobody says so.

    On a processor that gains nothing. ZeRO 3 changes the weights behind every layer, so compiled
    layers would be compiled again and again.

    Args:
        device: a GPU or the processor.
        zero_stage: of the layout.
        is_observed: whether a loss reads what is inside layers, or they run twice to save memory.
    """
    return zero_stage < 3 and not is_observed and runs_kernels(device)


def compile_layers(model: Any) -> None:
    """Compile the layers of a model's body, or the body of a model that has no list of them.

    Args:
        model: its layers are compiled when they run first.
    """
    torch.compiler.reset()  # an earlier stage's layers are others, and would count as kinds
    torch._dynamo.config.recompile_limit = _KINDS
    # A layer that cannot be compiled runs as it is.
    torch._dynamo.config.suppress_errors = True
    try:
        parts = list(transformer_layers(model))
    except ConfigError:
        parts = [model.base_model]
    for part in parts:
        part.compile(options=_OPTIONS)
