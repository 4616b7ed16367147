"""The changes on whose sign models agree (TIES).

Shapes: M models, C numbers of a piece.
"""

from typing import Any, Literal

import torch
from torch import Tensor

from lingraft.encoders.merging.given import Given, Merged, Weights
from lingraft.numeric.combinations import pieces, piecewise


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
