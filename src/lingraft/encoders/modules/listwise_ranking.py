"""E2Rank: InfoNCE, and the order of documents by their cosine with a prompt that has them all.

Shapes: N queries, D documents of each, E dimensions.
"""

from collections.abc import Iterable
from typing import Any

import torch
from sentence_transformers.base.losses.merged_forward import embed_columns
from torch import Tensor, nn

from lingraft.encoders.modules.contrast import Contrastive


class ListwiseRanking(Contrastive):
    """InfoNCE with the best document as positive, plus RankNet.

    Args:
        given: the arguments of `Contrastive`.
        rank_weight: of RankNet in the sum.
        rank_scale: multiplies the cosines that RankNet compares.
    """

    def __init__(self, *given: Any, rank_weight: float, rank_scale: float) -> None:
        super().__init__(*given)
        self.rank_weight, self.rank_scale = rank_weight, rank_scale

    def forward(self, columns: Iterable[dict[str, Any]], labels: Tensor) -> Tensor:
        """The mean loss.

        Args:
            columns: queries, documents from the best to the worst, and prompts.
            labels: N, the examples' numbers.
        """
        *candidates, prompts_NE = embed_columns(self.model, columns)
        cosine = nn.functional.cosine_similarity
        scores_ND = torch.stack([cosine(prompts_NE, d) for d in candidates[1:]], dim=1)
        ranking = rank_net(self.rank_scale * scores_ND)
        return self.compare(candidates, labels) + self.rank_weight * ranking


def rank_net(scores_ND: Tensor) -> Tensor:
    """The mean of softplus(-(better - worse)) over all pairs of a list's documents.

    Args:
        scores_ND: from the best document to the worst.
    """
    better_P, worse_P = torch.triu_indices(scores_ND.shape[1], scores_ND.shape[1], 1)
    gaps_NP = scores_ND[:, better_P] - scores_ND[:, worse_P]
    return nn.functional.softplus(-gaps_NP).mean()
