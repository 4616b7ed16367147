"""Vectors of words that are composed of vectors of their own and of their parts.

Shapes: W words, P parts, R = W + 1 + P rows of the table, N words that are looked up, U distinct
ones among them, E dimensions.
"""

import numpy as np
import torch
from torch import Tensor

from lingraft.numeric.arrays import Float32
from lingraft.vectors.learning.descent import AdagradTable, uniform
from lingraft.vectors.parts import Cutting, PartsModel

_BLOCK = 10_000


class Composition:
    """Composed vectors: the mean of a word and its parts, or half word and half mean of parts.

    The row after the last word belongs to padding, which has no parts.
    """

    def __init__(
        self,
        words: list[str],
        dimension: int,
        cutting: Cutting,
        generator: torch.Generator,
        *,
        half: bool = False,
    ) -> None:
        """Start at random.

        Args:
            words: what has vectors; all their parts get some, too.
            dimension: E.
            cutting: how words are cut into parts.
            generator: of the start.
            half: a word with parts weighs as much as all its parts together (Chen et al., 2015);
                otherwise as much as each of them (fastText).
        """
        self.cutting = cutting
        index: dict[str, int] = {}
        rows: list[int] = []
        weights: list[float] = []
        starts = [0]
        for number, word in enumerate([*words, ""]):
            parts = cutting.parts(word) if word else []
            own = [len(words) + 1 + index.setdefault(part, len(index)) for part in parts]
            share = 0.5 if half and own else 1.0 / (1 + len(own))
            rows += [number, *own]
            weights += [share, *[(1.0 - share) / max(len(own), 1)] * len(own)]
            starts.append(len(rows))
        self.parts = list(index)
        self._rows = torch.tensor(rows)
        self._weights = torch.tensor(weights)[:, None]
        self._starts_W = torch.tensor(starts)
        self.table = AdagradTable(uniform(len(words) + 1 + len(index), dimension, generator))
        self.table.values_RE[len(words)] = 0.0

    def rows(self, ids_N: Tensor) -> Tensor:
        """Composed vectors (N, E), whose gradients the next step of the table takes."""
        if not self.parts:
            return self.table.rows(ids_N)
        unique_U, inverse_N = torch.unique(ids_N, return_inverse=True)
        places, owner = self._places(unique_U)
        weighted = self.table.rows(self._rows[places]) * self._weights[places]
        composed_UE = torch.zeros(len(unique_U), weighted.shape[1])
        return composed_UE.index_add(0, owner, weighted)[inverse_N]

    def vectors(self) -> Float32:
        """Composed vectors (W, E) of all words."""
        size = len(self._starts_W) - 2
        blocks = []
        for start in range(0, size, _BLOCK):
            block_N = torch.arange(start, min(start + _BLOCK, size))
            places, owner = self._places(block_N)
            weighted = self.table.values_RE[self._rows[places]] * self._weights[places]
            composed_NE = torch.zeros(len(block_N), weighted.shape[1])
            blocks.append(composed_NE.index_add(0, owner, weighted).numpy())
        return np.concatenate(blocks)

    def model(self) -> PartsModel | None:
        """What gives any text the mean of its parts; None if there are none."""
        if not self.parts:
            return None
        vectors_PE = self.table.values_RE[len(self._starts_W) - 1 :].numpy().copy()
        return PartsModel(self.cutting, self.parts, vectors_PE)

    def _places(self, ids_U: Tensor) -> tuple[Tensor, Tensor]:
        """Places in the list of rows that belong to words, and which of the words each is of."""
        sizes_U = self._starts_W[ids_U + 1] - self._starts_W[ids_U]
        owner = torch.repeat_interleave(torch.arange(len(ids_U)), sizes_U)
        before_U = torch.cumsum(sizes_U, 0) - sizes_U
        within = torch.arange(len(owner)) - before_U[owner]
        return self._starts_W[ids_U][owner] + within, owner
