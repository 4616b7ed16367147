"""How a text becomes one vector: the settings that all tasks on vectors share."""

from typing import Literal

from pydantic import Field

from lingraft.config.base import Block

Pooling = Literal["mean", "first", "last"]


class Embedding(Block):
    """How a text becomes one vector."""

    layer: int = -1
    """Index into the hidden states: 0 the embeddings, n the output of block n, -1 the last layer.
    The papers' "layer 8" is 8."""
    pooling: Pooling = "mean"
    """Mean over the tokens, or the first or the last token."""
    special_tokens: bool = True
    """Whether special tokens (`<s>`, `[CLS]`, ...) take part in the mean."""
    maximum_length: int = Field(default=512, ge=2)
    """Tokens after which a text is cut; the model's own limit applies, too."""
