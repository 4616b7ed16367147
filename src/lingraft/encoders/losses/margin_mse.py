"""Margin MSE: the distance between the scores of two documents is that of the teacher's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared

if TYPE_CHECKING:
    from torch import Tensor, nn


class ScoredLoss(Loss):
    """A loss that compares the student's scores of documents with a teacher's."""

    reads = ("scored",)

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """Nothing but checks.

        Raises:
            InputError: an example has fewer than two documents, or not one finite score for each.
        """
        from lingraft.encoders.checks import check_negatives, check_texts, finite_scores

        check_texts(material.examples)
        check_negatives(material.examples, least=1)
        finite_scores(material.examples, one=False)
        return {}

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """The teacher's scores, N examples x documents."""
        import torch

        return torch.tensor([example.scores for example in examples])


class MarginMse(ScoredLoss):
    """The squared difference between student and teacher of how much higher the first document's
    score is than each other's. Scores are dot products."""

    name: Literal["margin-mse"]

    paper = (
        "Hofstätter et al. 2020, Improving Efficient Neural Ranking Models with "
        "Cross-Architecture Knowledge Distillation"
    )

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """MarginMSELoss of sentence-transformers."""
        from sentence_transformers.sentence_transformer.losses import MarginMSELoss

        library: nn.Module = MarginMSELoss(student)
        return library
