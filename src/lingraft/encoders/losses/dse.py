"""DSE: a classifier on two vectors learns the logits of one that reads both texts together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from lingraft.config.base import Block
from lingraft.encoders.loss import Loss, Material, Prepared

if TYPE_CHECKING:
    from torch import Tensor, nn


class TeacherTraining(Block):
    """How the teacher is fine-tuned, from the model that the recipe starts from."""

    epochs: PositiveInt = 3
    """Passes over the examples."""
    learning_rate: PositiveFloat = 2e-5
    """Peak learning rate of AdamW; it falls linearly to zero."""
    batch_size: PositiveInt = 32
    """Examples in a step."""
    maximum_length: Annotated[int, Field(ge=8)] = 128
    """Tokens that the teacher reads of a pair."""
    warmup: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.1
    """Share of the steps in which the learning rate rises."""


class Dse(Loss):
    """Half the cross-entropy of the labels, half the squared distance to the logits of a teacher
    that is fine-tuned on the same examples."""

    name: Literal["dse"]
    teacher: TeacherTraining = TeacherTraining()
    """How the teacher is fine-tuned."""

    reads = ("labelled",)
    paper = (
        "Barkan et al. 2020, Scalable Attentive Sentence-Pair Modeling via Distilled Sentence "
        "Embedding"
    )

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The class of each example, N, and the teacher's logits, N x classes.

        Raises:
            InputError: an example has no label, or all have the same one.
        """
        import torch

        from lingraft.encoders.checks import check_texts, class_numbers
        from lingraft.encoders.teacher import classifier_logits

        check_texts(material.examples)
        classes_N = torch.tensor(class_numbers(material.examples))
        settings = self.teacher.model_dump()
        logits_NC = classifier_logits(
            material.examples, material.start, settings, material.seed, material.work
        )
        return {"classes_N": classes_N, "teacher_NC": logits_NC}

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean of both losses over a batch."""
        from lingraft.encoders.modules.pair_classifier import DistilledPairs

        return DistilledPairs(student, prepared["classes_N"], prepared["teacher_NC"])
