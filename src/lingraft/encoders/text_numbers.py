"""Which texts of a stage are the same: each has a number.

Shapes: N examples, C most texts of an example.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def text_numbers(rows: Sequence[Sequence[str]]) -> Tensor:
    """The number of each text, int64, N x C, with -1 behind a row's last.

    Args:
        rows: N rows of texts.
    """
    numbers: dict[str, int] = {}
    table_NC = torch.full((len(rows), max(map(len, rows), default=0)), -1, dtype=torch.int64)
    for place, row in enumerate(rows):
        found = [numbers.setdefault(text, len(numbers)) for text in row]
        table_NC[place, : len(row)] = torch.tensor(found, dtype=torch.int64)
    return table_NC
