"""The best keys of queries by inner products in float32 or bfloat16, with a bound on their error.

Shapes: Q queries, N keys, E dimensions, B keys of a block, C shortlisted candidates.
"""

import importlib.util
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from lingraft.numeric.selection import GROUP, largest

_HAS_FAISS = importlib.util.find_spec("faiss") is not None
# Candidates beyond k: for k = 10 the shortlist has 16 or 64. bfloat16 rounds more coarsely and
# needs more of them.
MARGIN = {torch.float32: 6, torch.bfloat16: 54}
# Unit roundoff of the inputs of a product; sums are accumulated in float32 at least.
_ROUNDOFF = {torch.float32: 2.0**-24, torch.bfloat16: 2.0**-8}


class Shortlist(Protocol):
    """A way to the best keys."""

    def best(self, queries_QE: Tensor, norms_Q: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The best keys of each query by fast scores.

        Args:
            queries_QE: neither their norms nor those of the keys are extreme.
            norms_Q: their norms, float64.

        Returns:
            Fast scores (Q, C) in float64, falling; the keys' indices (Q, C); how far a fast score
            may be from the true one (Q,). The true score of a key that is left out is not above the
            last fast score of the row by more than that, or it is below the k-th true one. A row
            with fewer candidates ends with scores of minus infinity.
        """
        ...


@dataclass(frozen=True)
class Bound:
    """What the error of a fast inner product depends on (Higham, 2002, section 3.1)."""

    key_norm: float  # the largest
    dimension: int

    def of(self, fast: torch.dtype, norms_Q: Tensor) -> Tensor:
        """Largest error (Q,) of the scores of each query."""
        # Both inputs are rounded. A bfloat16 product is summed in float32 and rounded once more.
        inputs = 2 * _ROUNDOFF[fast] + (_ROUNDOFF[fast] if fast is torch.bfloat16 else 0.0)
        # That is for unit vectors; the error grows with both norms.
        return (inputs + (self.dimension + 2) * 2.0**-24) * self.key_norm * norms_Q


class BlockMemory:
    """Memory that all blocks of scores share: taking it anew costs a quarter."""

    def __init__(self, dtype: torch.dtype, device: torch.device | None = None) -> None:
        self._scores = torch.empty(0, dtype=dtype, device=device)

    def of_shape(self, rows: int, columns: int) -> Tensor:
        """Numbers (rows, columns) of any value; what a block before this one holds is lost."""
        size = rows * columns
        if self._scores.numel() < size:
            self._scores = self._scores.new_empty(size)
        return self._scores[:size].view(rows, columns)


class FloatShortlist:
    """The keys in float32 or bfloat16."""

    def __init__(self, keys_NE: Tensor, k: int, key_block: int, bound: Bound) -> None:
        """Keep the keys.

        Args:
            keys_NE: in the dtype of the products.
            k: neighbors that are wanted.
            key_block: keys that are multiplied at once, where faiss does not choose.
            bound: on the error of the products.
        """
        self.keys_NE, self.bound = keys_NE, bound
        self.fast = keys_NE.dtype
        self.memory = BlockMemory(self.fast, keys_NE.device)
        self.candidates = min(k + MARGIN[self.fast], len(keys_NE))
        self.key_block = max(key_block, self.candidates)
        self.by_faiss = _HAS_FAISS and keys_NE.device.type == "cpu" and self.fast is torch.float32

    def best(self, queries_QE: Tensor, norms_Q: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `Shortlist` says; every row has all its candidates."""
        search = self._by_faiss if self.by_faiss else self._by_blocks
        scores_QC, indices_QC = search(queries_QE.to(self.fast))
        return scores_QC.double(), indices_QC, self.bound.of(self.fast, norms_Q)

    def _by_faiss(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        """For little more than the bare product: the scores of its tiles never leave the cache."""
        import faiss

        scores_QC, indices_QC = faiss.knn(
            queries_QE.numpy(),
            self.keys_NE.numpy(),
            self.candidates,
            metric=faiss.METRIC_INNER_PRODUCT,
        )
        return torch.from_numpy(scores_QC), torch.from_numpy(indices_QC)

    def _by_blocks(self, queries_QE: Tensor) -> tuple[Tensor, Tensor]:
        best: tuple[Tensor, Tensor] | None = None
        for start in range(0, len(self.keys_NE), self.key_block):
            keys_BE = self.keys_NE[start : start + self.key_block]
            scores_QB = self.memory.of_shape(len(queries_QE), len(keys_BE))
            torch.mm(queries_QE, keys_BE.T, out=scores_QB)
            scores_QC, indices_QC = _best(scores_QB, min(self.candidates, len(keys_BE)))
            best = merge(best, (scores_QC, indices_QC + start), self.candidates)
        assert best is not None  # noqa: S101 - there is at least one key
        return best


def _best(scores_QB: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest of each row with their columns.

    A row's best lie in the groups of columns with the best maxima; looking there first is three
    times as fast as `topk` on all columns.
    """
    columns = scores_QB.shape[1]
    if columns % GROUP or columns < 2 * GROUP * count:
        return scores_QB.topk(count, dim=1)
    return largest(scores_QB, count)


def merge(
    best: tuple[Tensor, Tensor] | None, new: tuple[Tensor, Tensor], count: int
) -> tuple[Tensor, Tensor]:
    """The `count` best of each row of two pairs of scores and indices, or all if they are fewer."""
    if best is None:
        return new
    scores = torch.cat((best[0], new[0]), 1)
    indices = torch.cat((best[1], new[1]), 1)
    scores, order = scores.topk(min(count, scores.shape[1]), dim=1)
    return scores, indices.gather(1, order)
