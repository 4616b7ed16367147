"""Cosines of all words of two vocabularies, one product for both directions of translation.

The product is kept where it fits in memory, so that what needs a second look at the scores (CSLS,
once the means are known) pays no second product; else it is made again, strip by strip.

Legend: N source words, M target words, E dimension, Q words of a strip, O words of the other side.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from lingraft.numeric.selection import GROUP, grouped_rows, largest, of_rank

_KEPT_BYTES = 2**31  # 20,000 x 20,000 cosines take 1.6 GB
_STRIP = 256  # words of a strip: their scores stay in the cache
_NOTHING = -4.0  # below every cosine minus a mean, so what fills up a group never wins


class Similarities:
    """All cosines of two vocabularies, and the best of each row and of each column."""

    def __init__(self, source_NE: Tensor, target_ME: Tensor) -> None:
        """Multiply, if the product can be kept.

        Args:
            source_NE: float32 unit vectors.
            target_ME: float32 unit vectors, on the same device.
        """
        self.sizes = len(source_NE), len(target_ME)
        self._sides = _filled_up(source_NE), _filled_up(target_ME)
        self._kept_NM: Tensor | None = None
        if 4 * len(self._sides[0]) * len(self._sides[1]) <= _KEPT_BYTES:
            self._kept_NM = self._sides[0] @ self._sides[1].T

    def best(self, side: int, neighbors: int) -> tuple[Tensor, Tensor]:
        """Largest cosine of each word, and the mean of its largest ones.

        Args:
            side: 0 for the source words, 1 for the target words.
            neighbors: how many are averaged.
        """
        count = min(neighbors, self.sizes[1 - side])
        tops = [largest(grouped_rows(strip), count)[0] for _, strip in self._strips(side)]
        top_QC = torch.cat(tops)
        return top_QC[:, 0], top_QC.mean(1)

    def translations(self, side: int, penalty_O: Tensor, ranks_Q: Tensor) -> Tensor:
        """Position of the word of the other side that each word is translated to.

        Args:
            side: 0 translates the source words, 1 the target words.
            penalty_O: is subtracted from the cosines with each word of the other side; half the
                mean of `best` makes them CSLS.
            ranks_Q: the rank that is taken for each word; 1 is the best.
        """
        found = []
        for place, strip_QO in self._strips(side):
            strip_QO[:, : len(penalty_O)] -= penalty_O
            found.append(of_rank(grouped_rows(strip_QO), ranks_Q[place])[1])
        return torch.cat(found)

    def _strips(self, side: int) -> Iterator[tuple[slice, Tensor]]:
        """(place, scores (Q, O)) of some words with all of the other side.

        The scores are in memory that all strips share, so they may be changed.
        """
        words, others = self._sides[side], self._sides[1 - side]
        memory_QO = words.new_empty(_STRIP, len(others))
        turned_OQ = words.new_empty(len(others), _STRIP)
        for start in range(0, self.sizes[side], _STRIP):
            place = slice(start, min(start + _STRIP, self.sizes[side]))
            strip_QO = memory_QO[: place.stop - start]
            if self._kept_NM is None:
                torch.mm(words[place], others.T, out=strip_QO)
            elif side == 0:
                strip_QO.copy_(self._kept_NM[place])
            else:
                # Two copies, the second of a whole matrix, are five times as fast as one.
                columns_OQ = turned_OQ.view(-1)[: strip_QO.numel()].view(len(others), -1)
                columns_OQ.copy_(self._kept_NM[:, place])
                strip_QO.copy_(columns_OQ.T)
            strip_QO[:, self.sizes[1 - side] :] = _NOTHING
            yield place, strip_QO


def _filled_up(words_NE: Tensor) -> Tensor:
    """The vectors, and zeros up to a multiple of 32 of them."""
    return torch.nn.functional.pad(words_NE, (0, 0, 0, -len(words_NE) % GROUP))
