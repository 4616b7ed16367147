"""The settings of the measure that tables and learning curves share."""

from typing import Any

from pydantic import Field

from lingraft.config.base import Block, Seed


class HeldOutMeasure(Block):
    """Which held-out documents a model is scored on, in which windows, under which masks.

    A training scores its model as it runs, and the evaluation scores the finished one: with equal
    settings their bits per byte are the same number.
    """

    documents: int | None = Field(default=1000, ge=1)
    """Held-out documents per corpus, drawn by the hash of their ids; null takes all."""
    sequence_length: int = Field(default=128, ge=8)
    """Tokens of a window; longer documents are split into windows, none is dropped."""
    mask_probability: float = Field(default=0.15, gt=0, lt=1)
    """Share of the tokens that a masked model has to predict."""
    prefix: str | None = None
    """What a causal model reads before a document: a role, such as `bos`, or a token. Unset: what
    stands there in training, the token that the tokenizer puts before a text, or else the
    separator of documents."""
    seed: Seed = 0
    """Seed of the masks: they depend on it and on the document's id, on nothing else."""

    def as_record(self) -> dict[str, Any]:
        """The settings of the measure as plain values, without those of a class that adds some."""
        return self.model_dump(mode="json", include=set(HeldOutMeasure.model_fields))
