"""What a stage of pretraining learns from the source model instead of from text alone."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from lingraft.config.base import Block

DistillationLoss = Literal["hidden", "attention", "head", "chunks", "next-token"]


class SourceDistillation(Block):
    """The source model, with its own tokenizer, reads the same text as a teacher.

    Both texts are compared span by span, where a span is the smallest stretch that is whole tokens
    in both vocabularies.
    """

    losses: Annotated[dict[DistillationLoss, PositiveFloat], Field(min_length=1)] = {"hidden": 1.0}
    """What is made alike, and the weight of each. `hidden`: the last hidden states, by their mean
    squared difference (Token Distillation, arXiv 2505.20133). `attention`: what the attention of
    the lower layers brings together (MATT, arXiv 2510.21954). `head`: where the output layer has
    the same rows, what other losses change in the logits of new tokens, squared. For `causal`
    models also `chunks`: how likely spans are (ALM, arXiv 2503.20083), and `next-token`: the usual
    loss, without a teacher."""

    snippets: PositiveInt | None = 100
    """Occurrences that are looked for of each new token: a row of text is taken while it has a new
    token with fewer. Null: all rows are taken."""

    documents: PositiveInt = 100_000
    """Documents of the training text in which they are looked for, from the first one on."""

    pooling: Literal["last", "mean"] = "last"
    """Which state stands for a span: that of its last token, which in a decoder has seen it all, or
    the mean over its tokens."""

    depth: Annotated[float, Field(gt=0.0, le=1.0)] = 1 / 3
    """`attention`: share of the layers that are compared, from the lowest on. Where this is the
    only loss, the layers above are not computed."""

    temperature: PositiveFloat = 100.0
    """`chunks`: probabilities are compared after they were raised to 1 / temperature."""

    @property
    def asks_teacher(self) -> bool:
        """Whether a loss needs the source model, not only its tokenizer."""
        return not set(self.losses) <= {"head", "next-token"}

    @property
    def predicting(self) -> set[str]:
        """The losses that need the predictions of tokens, and thus a `causal` model."""
        return {"chunks", "next-token"} & set(self.losses)

    @model_validator(mode="after")
    def _something_is_learned(self) -> Self:
        if set(self.losses) == {"head"}:
            raise ValueError("losses: head keeps what other losses would change; add one of them")
        return self
