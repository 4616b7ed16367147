"""How attention is computed while a model is trained: which kernel, and what is dropped of it."""

from typing import Any

import torch
from torch import nn

_LONGEST = 256  # tokens of a row
_OF_ADAPTERS = "lora_"


def choose_attention(model: Any, device: torch.device, precision: str, length: int) -> None:
    """Take the plain products of attention where the fused kernel of a processor is slow in bf16.

    There its backward pass takes ten times as long as its forward pass, because it leaves the
    processor's own bf16 products unused, and with dropout there is no fused kernel at all. Plain
    products keep all weights of attention, L x L for each head, so long rows stay with the kernel.

    Args:
        model: of transformers; changed in place where it has both ways.
        device: where it is trained.
        precision: of its products: bf16, fp16 or fp32.
        length: most tokens of a row.
    """
    if device.type != "cpu" or precision != "bf16" or length > _LONGEST:
        return
    if getattr(model.config, "_attn_implementation", None) == "sdpa":
        model.set_attn_implementation("eager")


def computes_plainly(model: Any) -> bool:
    """Whether masks of attention are numbers that are added; elsewhere they say what is seen."""
    return getattr(model.config, "_attn_implementation", None) == "eager"


def drop_nothing(model: nn.Module) -> None:
    """Switch off the dropout of a model, whatever its configuration says; adapters keep theirs.

    Args:
        model: changed in place; its configuration, which is written with it, stays as it is.
    """
    for name, module in model.named_modules():
        if _OF_ADAPTERS in name:
            continue
        # Some layers have a share of their own beside modules, or instead of them.
        shares = [key for key, value in vars(module).items() if _is_share(key, value)]
        for key in shares:
            setattr(module, key, 0.0)
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def _is_share(name: str, value: Any) -> bool:
    return isinstance(value, float) and "drop" in name
