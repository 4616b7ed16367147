"""How ZeRO 3 gathers weights for a training: one transformer layer at a time.

DeepSpeed gathers and releases the weights of every module by itself, with four hooks for each. A
layer has some fifteen modules, so on a GPU the hooks take longer than the work. Here a layer is
what DeepSpeed calls a leaf: its weights come at once, and nothing of DeepSpeed runs inside of it,
so that its operations can be compiled. One layer's weights are the memory that this costs.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import deepspeed
import torch
from torch import Tensor, nn

from lingraft.errors import ConfigError
from lingraft.models.future_heads import future_heads
from lingraft.models.heads import output_parameters
from lingraft.models.layers import transformer_layers
from lingraft.models.token_tables import every_parameter
from lingraft.training.compiling import compile_forward
from lingraft.training.parameters import Group

logger = logging.getLogger(__name__)

# GPUs read 16 bytes at a time: 8 numbers of bf16.
_ALIGNED = 8


def whole_layers(model: Any, is_observed: bool) -> list[nn.Module]:
    """The layers that are gathered as wholes: all of them, or none.

    Args:
        model: before DeepSpeed divides its weights.
        is_observed: as `observes_layers` says. Then modules inside need their weights by
            themselves.
    """
    if is_observed:
        return []
    try:
        layers = list(transformer_layers(model))
    except ConfigError:
        return []
    # DeepSpeed reduces a leaf's gradients when its backward pass ends. What is used elsewhere too
    # would not have all of its gradient by then.
    uses = Counter(id(p) for p in every_parameter(model).values())
    return layers if all(uses[id(p)] == 1 for layer in layers for p in layer.parameters()) else []


def compile_whole(layers: Sequence[nn.Module]) -> None:
    """Compile layers that are gathered as wholes, where that is safe.

    Compiled layers share one code, which trusts the addresses of the first one's weights. So all
    must begin where GPUs read fast, wherever DeepSpeed puts them.

    Args:
        layers: all of a model, or none.
    """
    if layers and all(p.numel() % _ALIGNED == 0 for each in layers for p in each.parameters()):
        compile_forward(layers)
        return
    logger.warning(
        "the layers are not compiled: with ZeRO 3 they must be gathered as wholes (no recomputed "
        "activations, no distillation, a list of layers) and have multiples of %d weights",
        _ALIGNED,
    )


def aligned_first(groups: Sequence[Group]) -> list[Group]:
    """Groups in an order in which most weights begin where GPUs read them fast.

    One process trains on DeepSpeed's flat buffer itself, where weights follow one another by
    group. Behind the output layer's bias of 250,002 numbers no matrix would be aligned.
    """
    return sorted(groups, key=lambda entry: any(p.numel() % _ALIGNED for p in entry.parameters))


def gather_by_layer(objective: Any, layers: Sequence[nn.Module]) -> None:
    """Tell DeepSpeed what to gather, and when; to be called before it gets the model.

    Args:
        objective: the module that DeepSpeed gets, with the model in it.
        layers: of the model, gathered as wholes.
    """
    model = objective.model
    # `prediction_loss` uses the head's weights without a forward pass of the head.
    for parameter in [*output_parameters(model), *future_heads(model).parameters()]:
        deepspeed.zero.register_external_parameter(objective, parameter)
    for layer in layers:
        deepspeed.utils.set_z3_leaf_module(layer, True)
        if any(p.requires_grad for p in layer.parameters()):
            layer.register_forward_pre_hook(_want_gradient)


def _want_gradient(layer: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Let the first input want a gradient if none does, as behind frozen embeddings.

    The end of a layer's backward pass is the gradient of its inputs. Without one, torch says that
    the pass has ended when it begins, and DeepSpeed would take gradients of zero.
    """
    if not torch.is_grad_enabled() or any(
        isinstance(value, Tensor) and value.requires_grad for value in inputs
    ):
        return None
    return (inputs[0].detach().requires_grad_(), *inputs[1:])
