"""All inner products of two sets of vectors, and what finds the best of a row or of a column fast.

While a tile of the product is in the cache, each 32 scores side by side, and each 32 one below the
other, leave their maximum. One product then answers for both sides: the best of a row lie in the
groups with the best maxima, and only those are looked at again.

Shapes: Q queries, K keys, G groups of 32 keys, R chosen queries, T groups that are looked at,
C scores that are wanted, E dimensions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lingraft.numeric.selection import GROUP, largest_places, largest_values, of_rank

_TILE = 1024  # rows and columns: 4 MB of scores
_ROWS = 1024  # queries that are looked at together
_NOTHING = -4.0  # what fills up a group: below every cosine minus a penalty


def filled_up(count: int) -> int:
    """The next multiple of 32."""
    return count + -count % GROUP


@dataclass(frozen=True)
class GroupedScores:
    """Scores of queries with keys, and the largest of each group of 32 adjacent keys."""

    matrix: Tensor  # (Q, K); (K, Q) where the queries are its columns
    is_turned: bool
    maxima_QG: Tensor

    def best(self, count: int) -> Tensor:
        """The `count` largest scores (Q, C) of each query, falling."""
        found = []
        every_Q = torch.arange(len(self.maxima_QG), device=self.maxima_QG.device)
        for rows_R in _parts(every_Q):
            groups_RT, _ = self._groups(self.maxima_QG[rows_R], count)
            found.append(largest_values(self._look(rows_R, groups_RT), count))
        return torch.cat(found)

    def of_ranks(self, penalty_K: Tensor, ranks_Q: Tensor) -> Tensor:
        """The key (Q,) that each query has at a rank of its own, after penalties are subtracted.

        No score of a group is above the group's maximum minus its least penalty. So the answer is
        certain when the groups that were not looked at have smaller bounds; else more are looked
        at. Keys of similar penalties should be neighbors.

        Args:
            penalty_K: of each key, from -1 to 1.
            ranks_Q: 1 is the best.
        """
        fill = self.maxima_QG.shape[1] * GROUP - len(penalty_K)
        penalty_GB = torch.nn.functional.pad(penalty_K, (0, fill), value=-_NOTHING).view(-1, GROUP)
        found_Q = torch.empty_like(ranks_Q)
        for rank in sorted(set(ranks_Q.tolist())):
            for rows_R in _parts((ranks_Q == rank).nonzero().ravel()):
                self._find(found_Q, rows_R, rank, penalty_GB)
        return found_Q

    def _find(self, found_Q: Tensor, rows_R: Tensor, rank: int, penalty_GB: Tensor) -> None:
        count = rank + rank // 4 + 2
        least_G = penalty_GB.amin(1)
        while len(rows_R):
            groups_RT, limit_R = self._groups(self.maxima_QG[rows_R] - least_G, count)
            scores = self._look(rows_R, groups_RT) - penalty_GB[groups_RT].flatten(1)
            scores_R, places_R = of_rank(scores, rank)
            own_R = groups_RT.gather(1, places_R[:, None] // GROUP)[:, 0]
            is_sure_R = scores_R >= limit_R
            found_Q[rows_R[is_sure_R]] = (own_R * GROUP + places_R % GROUP)[is_sure_R]
            rows_R, count = rows_R[~is_sure_R], 4 * count

    def _groups(self, bounds_RG: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """The groups (R, T) with the largest bounds, and the largest bound of the others."""
        if count < bounds_RG.shape[1]:
            return largest_places(bounds_RG, count)
        every_G = torch.arange(bounds_RG.shape[1], device=bounds_RG.device)
        return every_G.expand(bounds_RG.shape), bounds_RG.new_full((len(bounds_RG),), -torch.inf)

    def _look(self, rows_R: Tensor, groups_RT: Tensor) -> Tensor:
        """The scores (R, T * 32) of some groups of some queries."""
        if self.is_turned:
            by_group = self.matrix.view(-1, GROUP, self.matrix.shape[1])
            return by_group[groups_RT, :, rows_R[:, None]].flatten(1)
        places_RT = rows_R[:, None] * self.maxima_QG.shape[1] + groups_RT
        found = self.matrix.view(-1, GROUP).index_select(0, places_RT.flatten())
        return found.view(len(rows_R), -1)


def grouped_product(
    rows_QE: Tensor, columns_KE: Tensor, memory: Tensor
) -> tuple[GroupedScores, GroupedScores]:
    """All inner products, seen from the rows and seen from the columns.

    Args:
        rows_QE: float32 vectors of length 1 at most.
        columns_KE: the same, on the same device.
        memory: of the products: at least as many float32 as both sizes, `filled_up`, multiply to.
    """
    size, other = len(rows_QE), len(columns_KE)
    matrix = memory[: filled_up(size) * filled_up(other)].view(filled_up(size), -1)
    matrix[size:] = _NOTHING
    matrix[:, other:] = _NOTHING
    row_maxima = matrix.new_empty(len(matrix), matrix.shape[1] // GROUP)
    column_maxima = matrix.new_empty(len(matrix) // GROUP, matrix.shape[1])
    for top in range(0, size, _TILE):
        for left in range(0, other, _TILE):
            down, right = slice(top, top + _TILE), slice(left, left + _TILE)
            _multiply(rows_QE[down], columns_KE[right], matrix[:size, :other][down, right])
            tile = matrix[down, right]
            across = slice(left // GROUP, (left + tile.shape[1]) // GROUP)
            along = slice(top // GROUP, (top + len(tile)) // GROUP)
            torch.amax(tile.view(len(tile), -1, GROUP), 2, out=row_maxima[down, across])
            torch.amax(tile.view(-1, GROUP, tile.shape[1]), 1, out=column_maxima[along, right])
    return (
        GroupedScores(matrix, False, row_maxima[:size]),
        GroupedScores(matrix, True, column_maxima.T[:other].contiguous()),
    )


def scores_memory(count: int, device: torch.device) -> Tensor:
    """Memory of so many float32, not yet filled."""
    if device.type == "cpu":
        # numpy asks the system for large pages: looking at single scores is twice as fast.
        return torch.from_numpy(np.empty(count, np.float32))
    return torch.empty(count, device=device)


def _parts(rows_R: Tensor) -> Iterator[Tensor]:
    return (rows_R[start : start + _ROWS] for start in range(0, len(rows_R), _ROWS))


def _multiply(rows_RE: Tensor, columns_CE: Tensor, out_RC: Tensor) -> None:
    if out_RC.device.type == "cpu":
        # Into a part of a matrix numpy writes at once, and torch by way of a copy.
        np.matmul(rows_RE.numpy(), columns_CE.numpy().T, out=out_RC.numpy())
    else:
        torch.mm(rows_RE, columns_CE.T, out=out_RC)
