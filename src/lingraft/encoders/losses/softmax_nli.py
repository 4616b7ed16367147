"""Softmax over labels: a classifier of pairs on top of the two vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared

if TYPE_CHECKING:
    from torch import Tensor, nn


class SoftmaxNli(Loss):
    """Cross-entropy of a linear layer over [u; v; |u - v|]; the layer is thrown away."""

    name: Literal["softmax-nli"]

    reads = ("labelled",)
    paper = (
        "Reimers and Gurevych 2019, Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks"
    )

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The class of each example, N.

        Raises:
            InputError: an example has no label, or all have the same one.
        """
        import torch

        from lingraft.encoders.checks import check_texts, class_numbers

        check_texts(material.examples)
        return {"classes_N": torch.tensor(class_numbers(material.examples))}

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """The classes of the batch."""
        return prepared["classes_N"][list(numbers)]

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of a batch."""
        from lingraft.encoders.modules.pair_classifier import PairClassifier

        return PairClassifier(student, int(prepared["classes_N"].max()) + 1)
