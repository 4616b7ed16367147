"""The arithmetic of forward passes: what a machine is fast in, and a model that computes in it."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn

Arithmetic = Literal["fp32", "bf16"]
M = TypeVar("M")


def processor_has_bf16() -> bool:
    """Whether this processor multiplies bf16 by instructions of its own.

    Others imitate them, and are slower in bf16 than in fp32. The answer follows from the processor
    alone: a measurement would depend on what else runs there.
    """
    known = torch.cpu.get_capabilities()
    return any(known.get(name) for name in ("avx512_bf16", "amx_bf16"))


def has_bf16(device: str) -> bool:
    """Whether a device multiplies bf16 by instructions of its own.

    Args:
        device: its type, as torch calls it.
    """
    if device == "cpu":
        return processor_has_bf16()
    # Asked without this, torch also counts GPUs that imitate bf16 (before the Ampere generation).
    return bool(torch.cuda.is_bf16_supported(including_emulation=False))


def fast_arithmetic(device: str) -> Arithmetic:
    """The arithmetic that a device is fastest in: bf16 where it has it, elsewhere fp32.

    Args:
        device: its type, as torch calls it.
    """
    return "bf16" if has_bf16(device) else "fp32"


def compute_in(model: M, arithmetic: Arithmetic, caller: nn.Module | None = None) -> M:
    """Let the forward passes of a model multiply matrices in an arithmetic; returns the model.

    bf16 is torch's autocast: weights stay fp32, so do sums over layers, normalizations and
    softmaxes of losses, and what a pass returns is fp32. The layer over the vocabulary stays fp32,
    too: logits of 8 bits would move a loss more than all other layers together. The body and each
    module of the head have it of their own, because they are called apart (`models.heads`). A pass
    that makes gradients is left as it is: a training says itself what it computes in.

    Args:
        model: of transformers, changed in place, on its device.
        arithmetic: of the products.
        caller: the module that runs the model by `model.forward`, which starts no hooks of the
            model, as the first module of a SentenceTransformer does; None where none does.
    """
    if arithmetic == "fp32":
        return model
    found: Any = model
    kind, body = found.device.type, found.base_model
    below = {id(module) for module in body.modules() if module is not body}
    output = found.get_output_embeddings()
    last = set() if output is None else {id(module) for module in output.modules()}
    for module in found.modules():
        if id(module) not in below:
            _Passes(kind, is_low=id(module) not in last).watch(module)
    if caller is not None:
        _Passes(kind, is_low=True).watch(caller)
    found._lingraft_arithmetic = body._lingraft_arithmetic = arithmetic
    return model


def arithmetic_of(model: Any) -> Arithmetic:
    """What `compute_in` has set; fp32 otherwise."""
    found: Arithmetic = getattr(model, "_lingraft_arithmetic", "fp32")
    return found


class _Passes:
    """The passes of a module through which autocast is switched; they may be nested.

    Args:
        kind: the type of the device.
        is_low: whether products are bf16.
    """

    def __init__(self, kind: str, *, is_low: bool) -> None:
        self._kind, self._is_low = kind, is_low
        self._open: list[AbstractContextManager[Any]] = []

    def watch(self, module: nn.Module) -> None:
        """Begin with the next pass of a module."""
        module.register_forward_pre_hook(self._begin)
        # Also after an error, which a caller may catch: autocast would go on for all models.
        module.register_forward_hook(self._end, always_call=True)

    def _begin(self, module: nn.Module, given: Any) -> None:
        context: AbstractContextManager[Any] = nullcontext()
        if not torch.is_grad_enabled():
            context = torch.autocast(self._kind, torch.bfloat16, enabled=self._is_low)
        context.__enter__()
        self._open.append(context)

    def _end(self, module: nn.Module, given: Any, output: Any) -> Any:
        if self._open:  # nothing, where another hook failed before `_begin`
            self._open.pop().__exit__(None, None, None)
        return output if torch.is_grad_enabled() else _in_fp32(output)


def _in_fp32(output: Any) -> Any:
    """What a pass returned, with the tensors in fp32 that are read outside of it."""
    if isinstance(output, Tensor):
        return output.float() if output.dtype == torch.bfloat16 else output
    if isinstance(output, tuple) and not hasattr(output, "_fields"):
        return tuple(_in_fp32(part) for part in output)
    if isinstance(output, dict):  # of transformers: keys in order, and attributes
        for name, part in list(output.items()):
            output[name] = _in_fp32(part)
    return output
