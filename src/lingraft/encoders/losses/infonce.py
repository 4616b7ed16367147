"""InfoNCE: a text's vector is nearest to that of the text that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from lingraft.config.base import Block
from lingraft.encoders.examples import TrainingExample
from lingraft.encoders.loss import Loss, Material, Prepared, Rivals, TextColumn

if TYPE_CHECKING:
    from torch import Tensor, nn

Strength = Annotated[float, Field(ge=0.0)]


class Hardness(Block):
    """How much more a rival counts that is similar to the query: strength times their cosine is
    added to its logit."""

    mode: Rivals = "all"
    """Which rivals: those of other examples, the example's own negatives, or both."""
    start: Strength = 0.0
    """Strength at the stage's beginning. Where `start` and `end` are 0, this is InfoNCE."""
    end: Strength
    """Strength at the end of the ramp."""
    ramp: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the stage in which the strength goes from `start` to `end`."""

    def strength(self, progress: float) -> float:
        """The strength after a share of the stage."""
        return self.start + (self.end - self.start) * min(1.0, progress / self.ramp)


class InfoNce(Loss):
    """Cross-entropy of the positive among the documents of a batch, by cosine.

    Two texts that belong together somewhere in a batch, or are equal, are never negatives of each
    other. Of translations, the query's vector is the teacher's of the original.
    """

    name: Literal["infonce"]
    temperature: PositiveFloat = 0.05
    """Divides the cosines."""
    symmetric: bool = False
    """Also find the query of each positive among the batch's queries; the loss is the mean of the
    two directions."""
    negatives: Literal["in-batch", "hard-only"] = "in-batch"
    """`in-batch`: all documents of the batch, over all devices. `hard-only`: the example's own
    negatives alone (Llama-Embed-Nemotron)."""
    cached: PositiveInt | None = None
    """Texts that are embedded at once: memory for these is enough for a batch of any size
    (GradCache), at the price of a second forward pass. Unset: the whole batch at once."""
    hardness: Hardness | None = None
    """Rivals count more, the more similar they are; the strength may grow over the stage (after
    PEG). Unset: all count the same."""

    reads = ("pairs", "translations", "definitions", "triples")
    paper = (
        "van den Oord et al. 2018, Representation Learning with Contrastive Predictive Coding; "
        "hardness after Wu et al. 2023, PEG"
    )

    @model_validator(mode="after")
    def _has_an_effect(self) -> Self:
        if self.negatives == "hard-only" and self.symmetric:
            raise ValueError("symmetric needs the queries of the batch; use negatives: in-batch")
        if self.negatives == "hard-only" and self.hardness and self.hardness.mode == "in-batch":
            raise ValueError("hardness of mode in-batch has no effect with negatives: hard-only")
        return self

    @property
    def compares_examples(self) -> bool:
        """Whether the rivals are other examples' documents."""
        return self.negatives == "in-batch"

    def prepare(self, material: Material) -> dict[str, Tensor]:
        """Numbers of the texts, N x C, which tell equal ones; of translations also the teacher's
        vectors of the originals, N x E.

        Raises:
            InputError: a positive is among the negatives, an example has no negatives where only
                these count, there are fewer than two, or the teacher does not fit.
        """
        from lingraft.encoders.checks import check_count, check_negatives, check_texts
        from lingraft.encoders.teacher import teacher_vectors
        from lingraft.encoders.text_numbers import text_numbers

        examples = material.examples
        check_texts(examples)
        check_negatives(examples, least=int(self.negatives == "hard-only"))
        if self.compares_examples:
            check_count(examples, 2, "the negatives of one are the texts of others")
        prepared = {"texts_NC": text_numbers([example.texts for example in examples])}
        if material.form == "translations":
            prepared["queries_NE"] = teacher_vectors(material)
        return prepared

    def texts(self, examples: Sequence[TrainingExample], prepared: Prepared) -> list[TextColumn]:
        """All texts, but of translations the translations alone."""
        columns = super().texts(examples, prepared)
        return columns[1:] if "queries_NE" in prepared else columns

    def module(self, student: Any, prepared: Prepared) -> nn.Module:
        """The mean cross-entropy of a batch, at once or in mini batches."""
        from lingraft.encoders.modules.contrast import (
            CachedContrastive,
            Contrastive,
            ContrastSettings,
        )

        mode = self.hardness.mode if self.hardness else None
        hard_only = self.negatives == "hard-only"
        how = ContrastSettings(self.temperature, self.symmetric, hard_only, mode)
        given = (student, prepared["texts_NC"], how, prepared.get("queries_NE"))
        if self.cached is None:
            return Contrastive(*given)
        return CachedContrastive(*given, mini_batch=self.cached)

    def advance(self, module: nn.Module, progress: float) -> None:
        """Set the strength of the hardness."""
        from lingraft.encoders.modules.contrast import Contrastive

        if self.hardness is not None:
            for part in module.modules():  # the module itself, or inside a wrapper
                if isinstance(part, Contrastive):
                    part.strength = self.hardness.strength(progress)
