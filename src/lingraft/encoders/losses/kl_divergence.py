"""KL divergence: the student spreads its attention over documents as the teacher does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from lingraft.encoders.loss import Prepared
from lingraft.encoders.losses.margin_mse import ScoredLoss

if TYPE_CHECKING:
    from torch import nn


class KlDivergence(ScoredLoss):
    """The Kullback-Leibler divergence of the softmax over an example's documents: the teacher's
    scores against the student's dot products."""

    name: Literal["kl-divergence"]
    temperature: PositiveFloat = 1.0
    """Divides the scores of both."""

    paper = (
        "Lin et al. 2020, Distilling Dense Representations for Ranking using Tightly-Coupled "
        "Teachers"
    )

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """DistillKLDivLoss of sentence-transformers."""
        from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss

        library: nn.Module = DistillKLDivLoss(student, temperature=self.temperature)
        return library
