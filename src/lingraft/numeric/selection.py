"""The largest of many scores, for a little more than one look at each.

Shapes: Q queries, N scores, G = 32 scores of a group, M groups, C scores that are wanted.
"""

import numpy as np
import torch
from torch import Tensor

GROUP = 32


def largest(scores_QN: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest scores (Q, C) of each query, falling, and their positions.

    Group m has the columns m, m + M, m + 2 M, ... The largest scores lie in the groups with the
    `count` largest maxima, so only those are sorted.

    Args:
        scores_QN: scores; their number is a multiple of 32.
        count: at most the number of scores.
    """
    grouped_QGM = scores_QN.view(len(scores_QN), GROUP, -1)
    maxima_QM = grouped_QGM.amax(1)
    groups = maxima_QM.shape[1]
    width = min(count, groups)
    chosen_QC = maxima_QM.topk(width, dim=1, sorted=False).indices
    picked = grouped_QGM.gather(2, chosen_QC[:, None].expand(-1, GROUP, -1)).flatten(1)
    scores_QC, places_QC = picked.topk(count, dim=1)
    # Place p of the flat row is number p // width of the chosen group p % width.
    return scores_QC, chosen_QC.gather(1, places_QC % width) + places_QC // width * groups


# Of a few hundred scores a query, numpy's partition is three times as fast as torch's topk.


def largest_values(scores_QN: Tensor, count: int) -> Tensor:
    """The `count` largest scores (Q, C) of each query, falling."""
    if not _by_numpy(scores_QN):
        return scores_QN.topk(count, dim=1).values
    parted_QN = np.partition(scores_QN.numpy(), scores_QN.shape[1] - count, axis=1)
    return torch.from_numpy(np.sort(parted_QN[:, -count:], axis=1)).flip(1)


def largest_places(scores_QN: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Positions (Q, C) of the `count` largest scores in any order, and the next largest score (Q,).

    Args:
        scores_QN: scores.
        count: fewer than there are scores.
    """
    if not _by_numpy(scores_QN):
        scores_QC, places_QC = scores_QN.topk(count + 1, dim=1)
        return places_QC[:, :count], scores_QC[:, count]
    every_QN = scores_QN.numpy()
    parted_QN = np.partition(every_QN, -count - 1, axis=1)
    is_large_QN = every_QN >= parted_QN[:, -count:].min(axis=1, keepdims=True)
    if np.count_nonzero(is_large_QN) != count * len(every_QN):  # equal scores at the last place
        tied_R = np.flatnonzero(is_large_QN.sum(axis=1) != count)
        is_large_QN[tied_R] = False
        chosen_RC = np.argpartition(every_QN[tied_R], -count, axis=1)[:, -count:]
        is_large_QN[tied_R[:, None], chosen_RC] = True
    chosen_QC = np.nonzero(is_large_QN)[1].reshape(len(every_QN), count)
    return torch.from_numpy(chosen_QC), torch.from_numpy(parted_QN[:, -count - 1].copy())


def of_rank(scores_QN: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The score (Q,) of each query at a rank, and its position.

    Args:
        scores_QN: scores.
        rank: 1 is the largest; at most the number of scores.
    """
    place = scores_QN.shape[1] - rank
    if not _by_numpy(scores_QN):
        found = scores_QN.kthvalue(place + 1, dim=1)
        return found.values, found.indices
    every_QN = scores_QN.numpy()
    scores_Q = np.partition(every_QN, place, axis=1)[:, place]
    places_Q = (every_QN == scores_Q[:, None]).argmax(axis=1)
    return torch.from_numpy(scores_Q.copy()), torch.from_numpy(places_Q)


def _by_numpy(scores: Tensor) -> bool:
    return scores.device.type == "cpu"
