"""The transformer layers of a model's body.

Shapes: N rows, L tokens of a row, H hidden size.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.pytorch_utils import Conv1D

from lingraft.errors import ConfigError


def transformer_layers(model: Any) -> nn.ModuleList:
    """The layers of a model's body, the first one first.

    Raises:
        ConfigError: the architecture has no list of layers with weights of their own.
    """
    depth = getattr(model.config.get_text_config(), "num_hidden_layers", 0)
    for module in model.base_model.modules():  # from the outside in
        if isinstance(module, nn.ModuleList) and len(module) == depth:
            return module
    raise ConfigError(
        f"a {model.config.model_type} model has no list of {depth} transformer layers with weights "
        "of their own; remove what names layers"
    )


def chosen_layers(model: Any, numbers: Sequence[int]) -> list[nn.Module]:
    """Some of the layers of a model's body.

    Args:
        model: the model.
        numbers: from 0 on; -1 is the last one.

    Raises:
        ConfigError: there is no such layer.
    """
    layers = transformer_layers(model)
    for number in numbers:
        if not -len(layers) <= number < len(layers):
            raise ConfigError(
                f"layers: {number} is not a layer of this model, which has {len(layers)}; write "
                f"numbers from 0 to {len(layers) - 1}, or from -1 (the last) to {-len(layers)}"
            )
    return [layers[number] for number in numbers]


@contextmanager
def first_layers(model: Any, count: int) -> Iterator[None]:
    """Let a model's body have its lowest layers only, for a forward pass.

    Args:
        model: changed for as long as the context lasts.
        count: how many layers.
    """
    layers = transformer_layers(model)
    owner, _, last = next(name for name, m in model.named_modules() if m is layers).rpartition(".")
    parent = model.get_submodule(owner)
    setattr(parent, last, layers[:count])
    try:
        yield
    finally:
        setattr(parent, last, layers)


@contextmanager
def inputs_of_projections(model: Any, count: int) -> Iterator[list[Tensor]]:
    """A list of what the attention of the lowest layers brings together in forward passes.

    These are the heads' weighted values (N, L, H), before the last linear layer of the attention.

    Args:
        model: gets hooks for as long as the context lasts.
        count: how many layers.
    """
    found: list[Tensor] = []
    projections = [_projection(layer) for layer in transformer_layers(model)[:count]]
    handles = [
        module.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0]))
        for module in projections
    ]
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()


def recompute_undropped(model: Any) -> None:
    """Let layers forget what is inside them and compute it again for the gradients, if they shall.

    transformers does so only in training mode, where there is dropout too; so these layers are in
    it, and what they compute is not.

    Args:
        model: in evaluation mode.
    """
    for module in model.modules():
        if isinstance(module, GradientCheckpointingLayer) and module.gradient_checkpointing:
            layer: Any = module  # the function is an attribute that torch does not know
            layer.training = True
            if not isinstance(layer._gradient_checkpointing_func, _Undropped):
                layer._gradient_checkpointing_func = _Undropped(
                    layer, layer._gradient_checkpointing_func
                )


@dataclass(frozen=True)
class _Undropped:
    """What recomputes a layer, with the layer in evaluation mode."""

    layer: nn.Module
    inner: Callable[..., Any]

    def __call__(self, forward: Callable[..., Any], *inputs: Any) -> Any:
        return self.inner(partial(self._quiet, forward), *inputs)

    def _quiet(self, forward: Callable[..., Any], *inputs: Any) -> Any:
        self.layer.training = False
        try:
            return forward(*inputs)
        finally:
            self.layer.training = True


def _projection(layer: nn.Module) -> nn.Module:
    """The last linear layer of a layer's attention."""
    inside = [
        module
        for name, module in layer.named_modules()
        if isinstance(module, nn.Linear | Conv1D)
        and ("attn" in name or "attention" in name)
        and "lora_" not in name
    ]
    return inside[-1]
