"""The loss of predicted rows (HyperOFA; Özeren et al. 2025).

Shapes: B tokens of a batch, X numbers of a row in all parts, D numbers of one part.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from lingraft.initialization.networks.basis import BIAS

_LEAST = 1e-12  # a part of zeros has no size to which an error could be related


def row_loss(
    predicted_BX: Tensor,
    wanted_BX: Tensor,
    parts: Mapping[str, slice],
    contrastive_share: float,
    temperature: float,
) -> Tensor:
    """The mean over the parts of `share * contrastive + (1 - share) * L1`.

    `contrastive` is the cross-entropy of finding a token's own row among those of the batch by the
    cosine over the temperature; L1 is the mean absolute error over the mean absolute value. A bias
    is one number, which has no direction: its loss is L1.

    Args:
        predicted_BX: what the network made.
        wanted_BX: the source's rows.
        parts: where the parts of a row stand.
        contrastive_share: share of the contrastive loss.
        temperature: of the contrastive loss.
    """
    losses = []
    for name, part in parts.items():
        predicted_BD, wanted_BD = predicted_BX[:, part], wanted_BX[:, part]
        absolute = (predicted_BD - wanted_BD).abs().mean()
        loss = absolute / wanted_BD.abs().mean().clamp(min=_LEAST)
        if name != BIAS:
            contrastive = contrastive_loss(predicted_BD, wanted_BD, temperature)
            loss = contrastive_share * contrastive + (1 - contrastive_share) * loss
        losses.append(loss)
    return torch.stack(losses).mean()


def contrastive_loss(predicted_BD: Tensor, wanted_BD: Tensor, temperature: float) -> Tensor:
    """Cross-entropy of each prediction's own row among those of the batch, by cosines."""
    cosines_BB = normalize(predicted_BD, dim=-1) @ normalize(wanted_BD, dim=-1).T
    own_B = torch.arange(len(cosines_BB), device=cosines_BB.device)
    return cross_entropy(cosines_BB / temperature, own_B)
