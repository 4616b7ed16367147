"""Sums of tensors of one shape, such as the same weight of several models.

They are made in float64, some million numbers at a time, and rounded once to the type of the
weights. A coefficient of 0 or 1 therefore changes no bit of what it multiplies.

Shapes: M models, C numbers of a piece.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

_PIECE = 1 << 22  # numbers of each tensor that are in float64 at a time


def combine(tensors: Sequence[Tensor], coefficients: Sequence[float]) -> Tensor:
    """The sum of tensors of one shape, each times its coefficient.

    Returns:
        In the type of the first tensor; what has the coefficient 0 counts nothing.
    """
    pairs = zip(tensors, coefficients, strict=True)
    used = [(tensor, float(factor)) for tensor, factor in pairs if factor != 0]
    if not used:
        return torch.zeros_like(tensors[0])
    if len(used) == 1 and used[0][1] == 1:
        return used[0][0].clone()
    factors_M1 = torch.tensor([[factor] for _, factor in used], dtype=torch.float64)
    return piecewise(
        lambda piece_MC: (factors_M1.to(piece_MC.device) * piece_MC).sum(dim=0),
        [tensor for tensor, _ in used],
    )


def piecewise(rule: Callable[[Tensor], Tensor], tensors: Sequence[Tensor]) -> Tensor:
    """Apply a rule of single numbers to tensors of one shape.

    Args:
        rule: float64 (M, C), a number of each tensor in a column, to (C,).
        tensors: M of them.

    Returns:
        In shape and type of the first.
    """
    result = torch.empty_like(tensors[0], memory_format=torch.contiguous_format)
    places = result.view(-1)
    for start, piece_MC in pieces(tensors):
        places[start : start + piece_MC.shape[1]] = rule(piece_MC)
    return result


def pieces(tensors: Sequence[Tensor]) -> Iterator[tuple[int, Tensor]]:
    """Yield the tensors' numbers, some at a time, as float64 (M, C), with where they start."""
    flat = [tensor.detach().reshape(-1) for tensor in tensors]
    for start in range(0, len(flat[0]), _PIECE):
        yield start, torch.stack([one[start : start + _PIECE].double() for one in flat])
