"""SimCSE: two vectors of one text, which dropout makes different, find each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import PositiveFloat

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, TextColumn

if TYPE_CHECKING:
    from torch import Tensor, nn


class SimCse(Loss):
    """InfoNCE between two forward passes over the same texts. A model without dropout gives both
    the same vectors, and learns nothing but distance to other texts."""

    name: Literal["simcse"]
    temperature: PositiveFloat = 0.05
    """Divides the cosines."""

    reads = ("texts",)
    needs_dropout = True
    paper = "Gao et al. 2021, SimCSE: Simple Contrastive Learning of Sentence Embeddings"

    @property
    def compares_examples(self) -> bool:
        """The rivals are the other texts of the batch."""
        return True

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """Numbers of the texts, N x 2, which tell equal ones.

        Raises:
            InputError: there are fewer than two texts, or one is empty.
        """
        from lingraft.encoders.checks import check_count, check_texts
        from lingraft.encoders.text_numbers import text_numbers

        check_texts(material.examples)
        check_count(material.examples, 2, "the negatives of one are the texts of others")
        return {"texts_NC": text_numbers([example.texts * 2 for example in material.examples])}

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """Every text twice."""
        return [TextColumn([example.texts[0] for example in examples])] * 2

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of a batch."""
        from lingraft.encoders.modules.contrast import Contrastive, ContrastSettings

        return Contrastive(student, prepared["texts_NC"], ContrastSettings(self.temperature))
