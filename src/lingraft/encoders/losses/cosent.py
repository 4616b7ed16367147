"""CoSENT: pairs with a higher score get a higher cosine than pairs with a lower one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared

if TYPE_CHECKING:
    from torch import Tensor, nn


class GradedLoss(Loss):
    """A loss over the order of graded pairs in a batch."""

    temperature: PositiveFloat = 0.05
    """Divides the similarities."""

    reads = ("graded",)

    @property
    def compares_examples(self) -> bool:
        """Each pair of texts is compared with every other."""
        return True

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The scores, N.

        Raises:
            InputError: an example has no score, or one that is not finite, or all are equal.
        """
        import torch

        from lingraft.encoders.checks import check_texts, finite_scores
        from lingraft.errors import InputError

        check_texts(material.examples)
        scores = [score for (score,) in finite_scores(material.examples, one=True)]
        if len(set(scores)) < 2:
            raise InputError(
                "all examples have the same score; pairs need two or more to be compared by"
            )
        return {"scores_N": torch.tensor(scores)}

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """The scores of the batch."""
        return prepared["scores_N"][list(numbers)]


class CoSent(GradedLoss):
    """log(1 + the sum of exp((lower - higher) / temperature)) over the cosines of all two pairs of
    a batch of which one has the higher score."""

    name: Literal["cosent"]

    paper = "Huang et al. 2024, CoSENT: Consistent Sentence Embedding via Similarity Ranking"

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """CoSENTLoss of sentence-transformers."""
        from sentence_transformers.sentence_transformer.losses import CoSENTLoss

        library: nn.Module = CoSENTLoss(student, scale=1 / self.temperature)
        return library
