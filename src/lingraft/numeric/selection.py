"""The largest of many scores, for a little more than one look at each.

Scores are seen as 32 x M numbers a query, and each of the M columns ("group") is known by its
maximum: the largest C scores lie in the C groups with the largest maxima, so only those are sorted.

Shapes: Q queries, G = 32 scores of a group, M groups, R chosen queries, C scores that are wanted.
"""

import torch
from torch import Tensor

GROUP = 32
# Ranks that are sought together: a query with a small rank does not pay for one with a large rank.
_DEPTHS = (1, 4, 16, 64, 256)


def grouped_rows(scores_QN: Tensor) -> Tensor:
    """View (Q, G, M) of a matrix whose number of columns is a multiple of 32: a query is a row.

    Group m has the columns m, m + M, m + 2 M, ...
    """
    return scores_QN.view(len(scores_QN), GROUP, -1)


def largest(grouped_QGM: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` largest scores (Q, C) of each query, falling, and their positions."""
    return _largest(grouped_QGM, grouped_QGM.amax(1), None, count)


def of_rank(grouped_QGM: Tensor, ranks_Q: Tensor) -> tuple[Tensor, Tensor]:
    """The score (Q,) of each query at its own rank, and its position.

    Args:
        grouped_QGM: scores.
        ranks_Q: 1 is the largest; at most the number of scores.
    """
    maxima_QM = grouped_QGM.amax(1)
    scores_Q = torch.empty(len(ranks_Q), dtype=grouped_QGM.dtype, device=grouped_QGM.device)
    places_Q = torch.empty_like(ranks_Q)
    deepest = int(ranks_Q.max())
    for above, depth in zip((0, *_DEPTHS), (*_DEPTHS, deepest), strict=True):
        rows_R = ((ranks_Q > above) & (ranks_Q <= depth)).nonzero().ravel()
        if len(rows_R):
            found = _largest(grouped_QGM, maxima_QM, rows_R, min(depth, deepest))
            own_R1 = ranks_Q[rows_R, None] - 1
            scores_Q[rows_R] = found[0].gather(1, own_R1)[:, 0]
            places_Q[rows_R] = found[1].gather(1, own_R1)[:, 0]
    return scores_Q, places_Q


def _largest(
    grouped_QGM: Tensor, maxima_QM: Tensor, rows_R: Tensor | None, count: int
) -> tuple[Tensor, Tensor]:
    groups = maxima_QM.shape[1]
    width = min(count, groups)
    if rows_R is None:
        chosen_RC = maxima_QM.topk(width, dim=1, sorted=False).indices
        picked = grouped_QGM.gather(2, chosen_RC[:, None].expand(-1, GROUP, -1)).flatten(1)
    else:
        chosen_RC = maxima_QM[rows_R].topk(width, dim=1, sorted=False).indices
        members_G = torch.arange(GROUP, device=chosen_RC.device)
        places = rows_R[:, None, None], members_G[None, :, None], chosen_RC[:, None]
        picked = grouped_QGM[places].flatten(1)
    scores_RC, places_RC = picked.topk(count, dim=1)
    # Place p of the flat row is number p // width of the chosen group p % width.
    return scores_RC, chosen_RC.gather(1, places_RC % width) + places_RC // width * groups
