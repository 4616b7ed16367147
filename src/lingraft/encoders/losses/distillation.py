"""Multilingual distillation: the vector of a translation learns to be that of the original."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, TextColumn

if TYPE_CHECKING:
    from torch import Tensor, nn


class Distillation(Loss):
    """The squared distance of the student's vector to the teacher's, relative to the length of the
    teacher's."""

    name: Literal["distillation"]
    originals: bool = False
    """Also the student's vector of the original learns to be the teacher's, for students that read
    both languages."""

    reads = ("translations",)
    paper = (
        "Reimers and Gurevych 2020, Making Monolingual Sentence Embeddings Multilingual using "
        "Knowledge Distillation"
    )

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The teacher's vector of each original that a step sees, N x E; of the others zeros.

        Raises:
            ConfigError: the teacher's vectors are of another width than the student's.
            InputError: a text is empty, or a vector is not finite, or zero.
        """
        from lingraft.encoders.checks import check_texts
        from lingraft.encoders.teacher import teacher_vectors

        check_texts(material.examples)
        return {"teacher_NE": teacher_vectors(material)}

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """The translations, and the originals if they are learned from too."""
        translations = TextColumn([example.texts[1] for example in examples])
        if not self.originals:
            return [translations]
        return [translations, TextColumn([example.texts[0] for example in examples])]

    def labels(
        self, examples: Sequence[TrainingExample], numbers: Sequence[int], prepared: Prepared
    ) -> Tensor:
        """The teacher's vectors of the originals."""
        return prepared["teacher_NE"][list(numbers)]

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean of |student - teacher|^2 / |teacher|^2 over the texts of a batch."""
        from lingraft.encoders.modules.relative_distance import RelativeDistance

        return RelativeDistance(student)
