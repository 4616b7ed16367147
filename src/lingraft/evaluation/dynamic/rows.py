"""Rows of merged strings, the last ones kept.

Shapes: U strings, E width of the embedding.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.models.further_rows import mean_rows
from lingraft.tokenizers.dynamic.merging import MergedString


class StringRows(ABC):
    """Makes rows of strings that are not tokens."""

    @abstractmethod
    def make(self, strings: Sequence[MergedString]) -> Tensor:
        """The rows (U, E) of some strings, one at least. A row depends on its string alone."""


class MeanRows(StringRows):
    """The mean of the rows of the tokens that a string covers (FVT)."""

    def __init__(self, embedding: nn.Module) -> None:
        self._embedding = embedding

    def make(self, strings: Sequence[MergedString]) -> Tensor:
        """Means; gradients flow into the embedding."""
        return mean_rows(self._embedding, [string.pieces for string in strings])


class KeptRows:
    """Rows that were made before and used last.

    Attributes:
        costs: counts what is looked up, and found.
    """

    def __init__(self, maker: StringRows, most: int, costs: ReadingCosts) -> None:
        """Keep rows.

        Args:
            maker: makes those that are not there.
            most: strings whose rows are kept.
            costs: counts.
        """
        self._maker, self._most, self.costs = maker, most, costs
        self._rows: OrderedDict[MergedString, Tensor] = OrderedDict()

    @torch.no_grad()
    def of(self, strings: Sequence[MergedString]) -> Tensor:
        """The rows (U, E) of different strings, one at least."""
        missing = [string for string in strings if string not in self._rows]
        self.costs.looked_up += len(strings)
        self.costs.found += len(strings) - len(missing)
        if missing:
            made_UE = self._maker.make(missing)
            # Copies: a view of one kept row would keep the rows of all that were made with it.
            self._rows.update((s, row_E.clone()) for s, row_E in zip(missing, made_UE, strict=True))
        for string in strings:
            self._rows.move_to_end(string)
        found = torch.stack([self._rows[string] for string in strings])
        while len(self._rows) > self._most:
            self._rows.popitem(last=False)
        return found
