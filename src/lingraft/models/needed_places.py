"""The last layer of an encoder computes the places that are asked for, and no others.

After its attention no place of a layer reads another one. A masked model is asked for a sixth of
the places, so most of the products of its last layer would be made for nothing: of the six layers
of MiniLM a tenth of all products, forward and backward. What is asked for stays what it was.

Shapes: N rows, L tokens of a row, H hidden size, P places that are asked for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from lingraft.models.layers import transformer_layers


@dataclass(frozen=True)
class Narrowing:
    """Where in a layer the places part.

    Attributes:
        first: name of the first module that no longer mixes places.
        last: name of the module whose result is added to all places again; None if nothing of all
            places comes after `first`.
    """

    first: str
    last: str | None = None

    def add_hooks(self, layer: nn.Module, positions_P: Tensor) -> list[Any]:
        """Let a layer go on with some places only, until the hooks are removed.

        Args:
            layer: one without hooks of this kind.
            positions_P: row * L + place; none twice.

        Returns:
            The handles of the hooks.
        """
        sizes: list[torch.Size] = []

        def narrow(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            sizes[:] = [inputs[0].shape]
            return tuple(states.flatten(0, 1)[positions_P][None] for states in inputs)

        def widen(_: nn.Module, inputs: tuple[Tensor, ...], states_1PH: Tensor) -> Tensor:
            all_MH = states_1PH.new_zeros(sizes[0].numel() // sizes[0][-1], sizes[0][-1])
            return all_MH.index_copy(0, positions_P, states_1PH[0]).view(sizes[0])

        handles = [layer.get_submodule(self.first).register_forward_pre_hook(narrow)]
        if self.last:
            handles.append(layer.get_submodule(self.last).register_forward_hook(widen))
        return handles


@contextmanager
def narrowed(model: Any, narrowing: Narrowing | None, positions_P: Tensor) -> Iterator[bool]:
    """Let the last layer of a model's body compute some places only.

    Args:
        model: gets hooks for as long as the context lasts.
        narrowing: how its layers can; None if they cannot.
        positions_P: row * L + place; none twice.

    Yields:
        Whether the body's result has these places alone (1, P, H), in this order. If not, it has
        all places (N, L, H), and only the states of these are sure to be right.
    """
    if narrowing is None or not may_be_narrowed(layer := transformer_layers(model)[-1]):
        yield False
        return
    handles = narrowing.add_hooks(layer, positions_P)
    try:
        yield narrowing.last is None
    finally:
        for handle in handles:
            handle.remove()


def may_be_narrowed(layer: nn.Module) -> bool:
    """Whether a layer gives the same where it computes some places only.

    Compiled layers see no new hooks, and layers that are computed again for the gradients would see
    none that time. Where dropout is at work each place draws its own numbers: with fewer places the
    same training would go another way.

    Args:
        layer: of a model's body.
    """
    if getattr(layer, "_compiled_call_impl", None) is not None or "forward" in vars(layer):
        return False
    if any(getattr(module, "chunk_size_feed_forward", 0) for module in layer.modules()):
        return False  # chunks of places, into which fewer places need not divide
    if not layer.training:
        return True
    drops = any(module.p > 0 for module in layer.modules() if isinstance(module, nn.Dropout))
    return not drops and not getattr(layer, "gradient_checkpointing", False)
