"""Rows of strings that are not tokens, for as long as a model reads them.

They stand where `inputs_embeds` would: what the embedding module gives for a number of the
vocabulary it still gives, and for higher numbers a row that is handed in. So positions, token
types, attention to padding and everything behind are computed as for tokens, by the model itself,
and a factorized matrix is read through its own module.

Shapes: N rows of tokens, T numbers of a row, U strings, P pieces of all of them, K strings that
have a further piece, E width of the embedding.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def further_rows(embedding: nn.Module, first: int, rows_UE: Tensor) -> Iterator[None]:
    """Let numbers from `first` on mean further rows.

    Args:
        embedding: of a model, called with the numbers alone.
        first: the first number that is no row of the embedding's.
        rows_UE: the rows; gradients flow into them.
    """
    if not len(rows_UE):
        yield
        return
    read: list[Tensor] = []

    def hide(module: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
        read.append(given[0])
        return (given[0].masked_fill(given[0] >= first, 0), *given[1:])

    def put(module: nn.Module, given: tuple[Any, ...], found_NTE: Tensor) -> Tensor:
        places_NT = read.pop() - first
        own_NTE = rows_UE.to(found_NTE)[places_NT.clamp(min=0)]
        return torch.where((places_NT >= 0).unsqueeze(-1), own_NTE, found_NTE)

    hooks = embedding.register_forward_pre_hook(hide), embedding.register_forward_hook(put)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def mean_rows(embedding: nn.Module, pieces: Sequence[Sequence[int]]) -> Tensor:
    """The mean of the rows of each string's pieces (U, E), as FVT has it.

    Gee et al. (2022), *Fast Vocabulary Transfer*. The sum is made piece by piece, so that the row
    of a string has the same bits whatever strings are asked for beside it.

    Args:
        embedding: of a model.
        pieces: ids of each string, one at least; of one string or more.
    """
    device = next(embedding.parameters()).device
    counts_U = torch.tensor([len(each) for each in pieces])
    starts_U = counts_U.cumsum(0) - counts_U
    # Not filled up to the longest string: one whole text would make a row of every other its size.
    rows_PE = embedding(torch.tensor([piece for each in pieces for piece in each], device=device))
    total_UE: Tensor = rows_PE.index_select(0, starts_U.to(device))
    for place in range(1, int(counts_U.max())):
        longer_K = (counts_U > place).nonzero().squeeze(1)
        added_KE = rows_PE.index_select(0, (starts_U[longer_K] + place).to(device))
        total_UE = total_UE.index_add(0, longer_K.to(device), added_KE)
    mean_UE: Tensor = total_UE / counts_U.unsqueeze(-1).to(total_UE)
    return mean_UE
