"""The arc between two tensors (SLERP), and the changes on whose sign models agree (TIES).

Shapes: M models, C numbers of a piece.
"""

import math
from typing import Any, Literal

import torch
from torch import Tensor

from lingraft.encoders.merging.arithmetic import combine, pieces, piecewise
from lingraft.encoders.merging.given import Given, Merged, Weights

_STRAIGHT = 1e-9  # the sine of an angle below which there is no arc to follow


def angle_between(one: Tensor, other: Tensor) -> float:
    """The angle of two tensors as vectors, in radians; exact for small angles, too.

    2 atan2(|u - v|, |u + v|) of the unit vectors (Kahan, "How futile are mindless assessments of
    roundoff", 2006, section 12). 0 where one of them is zero.
    """
    squares = sum((piece.square().sum(1) for _, piece in pieces([one, other])), torch.zeros(2))
    if not bool((squares > 0).all()):
        return 0.0
    norms_21 = squares.sqrt()[:, None]
    apart = together = 0.0
    for _, piece_2C in pieces([one, other]):
        unit_2C = piece_2C / norms_21
        apart += float((unit_2C[0] - unit_2C[1]).square().sum())
        together += float((unit_2C[0] + unit_2C[1]).square().sum())
    return 2 * math.atan2(math.sqrt(apart), math.sqrt(together))


def slerp(one: Tensor, other: Tensor, t: float) -> tuple[Tensor, float]:
    """The point at share `t` of the arc from one tensor to another (Shoemake, 1985).

    The formula for unit vectors is applied to the tensors as they are, so that norms are mixed,
    too. Along one line, where there is no arc, it is the straight mixture.

    Returns:
        The point, and the angle in radians.
    """
    angle = angle_between(one, other)
    sine = math.sin(angle)
    if sine < _STRAIGHT:
        return combine([one, other], [1 - t, t]), angle
    shares = [math.sin((1 - t) * angle) / sine, math.sin(t * angle) / sine]
    return combine([one, other], shares), angle


def merge_ties(
    given: Given, *, density: float, scale: float, election: Literal["mass", "count"]
) -> Merged:
    """Trim, elect signs, and average what agrees (Yadav et al., 2023, algorithm 1).

    Args:
        given: the members, and what they were trained from.
        density: share of each member's changes that is kept, the largest of the whole model.
        scale: factor of the merged change.
        election: whether the sum of the changes decides the sign, or their number.
    """
    members, base = given.members, given.start
    limits = [_limit(weights, base, density) for weights in members.values()]
    counts = {"changed": 0, "agreed": 0}

    def merged_change(numbers_MC: Tensor) -> Tensor:
        base_C, changes_MC = numbers_MC[0], _changes(numbers_MC)
        limits_M1 = torch.tensor(limits, dtype=changes_MC.dtype, device=changes_MC.device)[:, None]
        kept_MC = torch.where(changes_MC.abs() >= limits_M1, changes_MC, 0)
        votes_MC = kept_MC if election == "mass" else kept_MC.sign()
        elected_C = votes_MC.sum(dim=0).sign()
        agrees_MC = (kept_MC.sign() == elected_C) & (elected_C != 0)
        mean_C = (kept_MC * agrees_MC).sum(dim=0) / agrees_MC.sum(dim=0).clamp(min=1)
        counts["changed"] += int((kept_MC != 0).sum())
        counts["agreed"] += int(agrees_MC.sum())
        return torch.where(mean_C == 0, base_C, base_C + scale * mean_C)

    weights = {
        name: piecewise(merged_change, [start, *(one[name] for one in members.values())])
        for name, start in base.items()
    }
    record: dict[str, Any] = {
        "thresholds": dict(zip(members, limits, strict=True)),
        "kept": counts["changed"],
        "of these with the elected sign": counts["agreed"],
    }
    return Merged(weights, record)


def _changes(numbers_MC: Tensor) -> Tensor:
    """What each model changed of the first, rounded as `_limit` rounds."""
    return (numbers_MC[1:] - numbers_MC[0]).float().double()


def _limit(weights: Weights, base: Weights, density: float) -> float:
    """The magnitude that a member's largest changes have at least."""
    found = [
        _changes(numbers_MC)[0].abs().float()
        for name, start in base.items()
        for _, numbers_MC in pieces([start, weights[name]])
    ]
    magnitudes = torch.cat(found)
    kept = max(1, round(density * len(magnitudes)))
    return float(magnitudes.kthvalue(len(magnitudes) - kept + 1).values)
