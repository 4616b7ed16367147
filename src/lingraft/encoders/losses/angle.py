"""AnglE: as CoSENT, by the angle of complex vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.loss import Prepared
from lingraft.encoders.losses.cosent import GradedLoss

if TYPE_CHECKING:
    from torch import nn


class Angle(GradedLoss):
    """CoSENT's loss over the angles between vectors that are taken for complex numbers, whose
    gradient does not vanish where cosines are near 1 or -1."""

    name: Literal["angle"]

    paper = "Li and Li 2024, AoE: Angle-optimized Embeddings for Semantic Textual Similarity"

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """AnglELoss of sentence-transformers."""
        from sentence_transformers.sentence_transformer.losses import AnglELoss

        library: nn.Module = AnglELoss(student, scale=1 / self.temperature)
        return library
