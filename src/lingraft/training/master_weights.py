"""bf16 weights that a model computes with, and the fp32 weights behind them that AdamW trains.

ZeRO keeps such a pair for several processes. One process has nothing to divide, so here an update
is a few operations over all parameters together, where ZeRO checks and copies each of them.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


class MasterWeights:
    """The fp32 weights of a model's trained parameters, and their gradients."""

    def __init__(self, model: Any, trained: Iterable[nn.Parameter]) -> None:
        """Round the model's parameters to bf16 and keep the trained ones in fp32, too.

        Parameters that its class wants in fp32 whatever the precision stay as they are.

        Args:
            model: on its device, in fp32.
            trained: those of its parameters that an optimizer will train.
        """
        self._trained: list[Tensor] = list(trained)
        self._masters: list[Tensor] = [nn.Parameter(p.detach().clone()) for p in self._trained]
        self._of = {id(p): m for p, m in zip(self._trained, self._masters, strict=True)}
        exact = getattr(model, "_keep_in_fp32_modules_strict", None) or ()
        for name, parameter in model.named_parameters():
            if not any(part in name for part in exact):
                parameter.data = parameter.data.to(torch.bfloat16)

    def of(self, parameter: Any) -> Tensor:
        """The fp32 weights behind a trained parameter, in its shape."""
        return self._of[id(parameter)]

    def add_gradients(self) -> None:
        """Move the parameters' gradients to the masters; several micro-batches are added in fp32.

        A parameter that the loss did not depend on has none, and its master gets none.
        """
        first: list[tuple[Tensor, Tensor]] = []
        later: list[tuple[Tensor, Tensor]] = []
        for parameter, master in zip(self._trained, self._masters, strict=True):
            if (gradient := parameter.grad) is None:
                continue
            parameter.grad = None
            if master.grad is None:
                master.grad = torch.empty_like(master)
                first.append((master.grad, gradient))
            else:
                later.append((master.grad, gradient))
        if first:
            own, gradients = map(list, zip(*first, strict=True))
            torch._foreach_copy_(own, gradients)
        if later:
            sums, gradients = map(list, zip(*later, strict=True))
            torch._foreach_add_(sums, [gradient.float() for gradient in gradients])

    @torch.no_grad()
    def publish(self, *_: Any) -> None:
        """Round the masters into the model, forget their gradients; a hook after AdamW's step."""
        torch._foreach_copy_(self._trained, self._masters)
        for master in self._masters:
            master.grad = None
