"""Cosines of all words of two vocabularies, one product for both directions of translation.

The product is kept where it fits in memory, and the next one is made in the same memory; else it is
made again for each question, some words at a time.

Legend: N source words, M target words, E dimension, Q words of a side, O words of the other side.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from lingraft.numeric.grouped_product import (
    GroupedScores,
    filled_up,
    grouped_product,
    scores_memory,
)
from lingraft.numeric.selection import GROUP

_KEPT_BYTES = 2**31  # 20,000 x 20,000 cosines take 1.6 GB

# Float32 (N,) and (M,), what was subtracted from the cosines with each word the last time.
Hubness = tuple[Tensor, Tensor]


class Similarities:
    """All cosines of two vocabularies, and the best of each row and of each column."""

    def __init__(self, sizes: tuple[int, int], device: torch.device) -> None:
        """Take the memory.

        Args:
            sizes: numbers of source and of target words.
            device: of the vectors.
        """
        self.sizes = sizes
        whole = filled_up(sizes[0]) * filled_up(sizes[1])
        self._is_kept = 4 * whole <= _KEPT_BYTES
        # At least one group of words with all of the other side.
        count = max(_KEPT_BYTES // 4, GROUP * filled_up(max(sizes)))
        self._memory = scores_memory(whole if self._is_kept else count, device)
        self._kept: tuple[GroupedScores, GroupedScores] | None = None
        self._sides: list[Tensor] = []
        self._orders: list[Tensor] = []

    def multiply(self, source_NE: Tensor, target_ME: Tensor, last: Hubness | None = None) -> None:
        """Compare these vectors from now on.

        Args:
            source_NE: float32 unit vectors.
            target_ME: float32 unit vectors.
            last: what the penalties will be about, for both sides. It changes no answer: words of
                similar penalties come to lie side by side, and fewer cosines are looked at.
        """
        sides = source_NE, target_ME
        self._orders = [
            torch.arange(len(side), device=side.device) if last is None else last[place].argsort()
            for place, side in enumerate(sides)
        ]
        self._sides = [side[order] for side, order in zip(sides, self._orders, strict=True)]
        if self._is_kept:
            self._kept = grouped_product(self._sides[0], self._sides[1], self._memory)

    def best(self, side: int, neighbors: int) -> tuple[Tensor, Tensor]:
        """Largest cosine of each word, and the mean of its largest ones.

        Args:
            side: 0 for the source words, 1 for the target words.
            neighbors: how many are averaged.
        """
        count = min(neighbors, self.sizes[1 - side])
        top_QC = torch.cat([scores.best(count) for _, scores in self._blocks(side)])
        top_QC = top_QC[self._orders[side].argsort()]
        return top_QC[:, 0], top_QC.mean(1)

    def translations(self, side: int, penalty_O: Tensor, ranks_Q: Tensor) -> Tensor:
        """Position of the word of the other side that each word is translated to.

        Args:
            side: 0 translates the source words, 1 the target words.
            penalty_O: is subtracted from the cosines with each word of the other side; half the
                mean of `best` makes them CSLS.
            ranks_Q: the rank that is taken for each word; 1 is the best.
        """
        own_Q, others_O = self._orders[side], self._orders[1 - side]
        found = [
            scores.of_ranks(penalty_O[others_O], ranks_Q[own_Q[place]])
            for place, scores in self._blocks(side)
        ]
        return others_O[torch.cat(found)][own_Q.argsort()]

    def _blocks(self, side: int) -> Iterator[tuple[slice, GroupedScores]]:
        """(place, scores) of some words with all of the other side."""
        if self._kept is not None:
            yield slice(0, self.sizes[side]), self._kept[side]
            return
        words, others = self._sides[side], self._sides[1 - side]
        height = len(self._memory) // filled_up(len(others)) // GROUP * GROUP
        for start in range(0, len(words), height):
            place = slice(start, start + height)
            yield place, grouped_product(words[place], others, self._memory)[0]
