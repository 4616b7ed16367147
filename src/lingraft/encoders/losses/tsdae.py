"""TSDAE: a decoder writes a text again from the vector of its damaged copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, TextColumn

if TYPE_CHECKING:
    from torch import Tensor, nn


class Tsdae(Loss):
    """Cross-entropy of a decoder that shares all weights of the student and sees nothing of the
    damaged text but its vector. What it has beside these weights is thrown away."""

    name: Literal["tsdae"]
    deletion: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.6
    """Share of the tokens that the student does not see."""

    reads = ("texts",)
    paper = (
        "Wang et al. 2021, TSDAE: Using Transformer-based Sequential Denoising Auto-Encoder for "
        "Unsupervised Sentence Embedding Learning"
    )

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """The tensors of the language model's head.

        Raises:
            ConfigError: the vectors are not as wide as the decoder reads.
            InputError: a text is empty.
        """
        from lingraft.encoders.checks import check_texts
        from lingraft.encoders.modules.prediction_head import (
            head_tensors,
            open_language_model,
            require_width,
        )

        check_texts(material.examples)
        require_width(material.student, "the decoder reads hidden states")
        return head_tensors(open_language_model(material.start))

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """The texts, which the module damages."""
        return [TextColumn([example.texts[0] for example in examples], "plain")]

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of a batch."""
        from lingraft.encoders.modules.denoising import Denoising

        return Denoising(student, prepared, self.deletion)
