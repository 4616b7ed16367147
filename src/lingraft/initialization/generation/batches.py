"""Lists of numbers as padded tensors, and the rows that a network makes of them.

Shapes: N tokens, B tokens of a batch, L numbers of the longest list, X numbers of a row.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from lingraft.models.rows import padded
from lingraft.numeric.arrays import Float32

_BATCH = 512


def by_length(lists: Sequence[Sequence[int]], size: int) -> list[list[int]]:
    """Places of lists in batches of like lengths, so that little of a batch is padding."""
    order = sorted(range(len(lists)), key=lambda place: (len(lists[place]), place))
    return [order[first : first + size] for first in range(0, len(order), size)]


def inputs_of(lists: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Numbers (B, L), zeros where a list has ended, and where it has not (B, L)."""
    places_BL = padded(lists, 0)
    lengths_B1 = np.array([[len(each)] for each in lists])
    present_BL = np.arange(places_BL.shape[1]) < lengths_B1
    return torch.from_numpy(places_BL).to(device), torch.from_numpy(present_BL).to(device)


def predicted_rows(
    network: nn.Module, lists: Sequence[Sequence[int]], unit_X: Float32, device: torch.device
) -> Float32:
    """The rows (N, X) of lists that are not empty.

    Args:
        network: of a generator.
        lists: one for each token.
        unit_X: what the network's numbers are multiples of.
        device: where the network is.
    """
    rows_NX = np.zeros((len(lists), len(unit_X)), np.float32)
    network.eval()
    with torch.no_grad():
        for places in by_length(lists, _BATCH):
            made_BX = network(*inputs_of([lists[place] for place in places], device))
            rows_NX[places] = made_BX.cpu().numpy()
    return np.asarray(rows_NX * unit_X, np.float32)
