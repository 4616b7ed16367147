"""The stages of a training: what changes in them, for how long, and what it learns from."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from lingraft.config.base import Block, Name
from lingraft.config.distillation import SourceDistillation

Trained = Literal["all", "embeddings", "head", "body", "new-rows"]
Layers = Annotated[tuple[int, ...], Field(min_length=1)]


class Shield(Block):
    """Source-Shielded Updates (Yamaguchi et al., ACL 2026, arXiv 2512.04844): of each matrix of the
    body the columns that matter most for the source's language stay as they are, and so do the rows
    of special tokens and of marks that the chat template writes."""

    corpus: Name
    """Text in the source's language: one of the run's `corpora` or `evaluation_corpora`, or their
    pivot. Its training part is read."""

    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """Share of the columns of each matrix that stay, those with the highest sum of |weight| times
    the norm of the input (Wanda)."""

    documents: PositiveInt = 500
    """Documents that the inputs are measured on, cut to `sequence_length`; chosen by the hash of
    their ids."""


class Stage(Block):
    """One part of a run, with an optimizer and a schedule of its own; what is not set is as in
    the recipe."""

    steps: PositiveInt
    """Optimizer steps of this stage."""

    train: Trained = "all"
    """`embeddings`: token embeddings and output layer only; `head`: only the layers above the
    transformer's body; `body`: only that body, with embeddings and head as they are; `new-rows`: of
    embeddings and output layer only the rows that the initialization did not copy from the source.
    New rows have no weight decay, and all else stays as it is, bit for bit."""

    layers: Layers | None = None
    """Of the body only these transformer layers, from 0 on; -1 is the last. With `[0, 1, -2, -1]`
    embeddings, head, and the two lowest and highest layers are trained (Yamaguchi et al. 2025).
    Unset: all of it."""

    shield: Shield | None = None
    """What stays as it is of that which is trained, bit for bit. Unset: nothing."""

    sequence_length: Annotated[int, Field(ge=8)] | None = None
    """Tokens per row."""

    batch_size: PositiveInt | None = None
    """Rows per optimizer step."""

    learning_rate: PositiveFloat | None = None
    """Peak learning rate."""

    embedding_learning_rate: PositiveFloat | None = None
    """Peak learning rate of token embeddings and output layer. Unset: that of the recipe, and if it
    has none, `learning_rate`."""

    epsilon: PositiveFloat | None = None
    """AdamW's epsilon. A row of the tables has few large gradients and many small ones; a large
    epsilon lets it move in proportion to them. Unset: that of the recipe."""

    corpora: tuple[Name, ...] | None = None
    """Corpora of this stage, a selection of those of the run."""

    distillation: SourceDistillation | None = None
    """Learn from the source model instead of from the text alone, mostly with `train: new-rows`.
    Rows are then pieces of documents, of all corpora of the stage alike: `packing`, `masking` and
    the weights of corpora are for the other stages. Unset: learn from the text."""

    @model_validator(mode="after")
    def _layers_have_effect(self) -> Self:
        if self.layers is not None and self.train not in ("all", "body"):
            raise ValueError("layers would have no effect here: it needs train: all or body")
        if self.shield is not None and self.train not in ("all", "body"):
            raise ValueError("shield would have no effect here: it needs train: all or body")
        return self


class FilledStage(Stage):
    """A stage with nothing left open; made by the recipe, never written by hand."""

    sequence_length: int
    batch_size: int
    learning_rate: float
    epsilon: float
