"""Mixing a trained model with the model that it was, so that it does again what it did then."""

from typing import Annotated

from pydantic import Field

from lingraft.config.base import Block

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class MergeBack(Block):
    """What the trained model takes back of its source (for chat models, Yamaguchi et al. 2025).

    Each weight of a chosen layer moves along the arc to the source's (SLERP). All else stays as
    it was trained.
    """

    layers: Annotated[dict[int, Share], Field(min_length=1)] = {0: 0.3, 1: 0.5, -2: 0.5, -1: 0.3}
    """Transformer layer -> how far it goes back: 0 is as trained, 1 the source's layer. Layers
    count from 0; -1 is the last."""

    special_tokens: bool = True
    """Give special tokens, and the marks of turns that the chat template writes, their rows of the
    source again, in the embeddings and in the head. Rows are found by token."""
