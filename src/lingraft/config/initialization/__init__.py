"""Initialization of the new embeddings: one block for each method, told apart by `method`."""

from typing import Annotated

from pydantic import Field

from lingraft.config.initialization.baselines import FullCovariance, Mean, Random
from lingraft.config.initialization.common import Method
from lingraft.config.initialization.similarity import Focus, Ofa, Wechsel

Initialization = Annotated[
    Random | Mean | FullCovariance | Wechsel | Ofa | Focus,
    Field(discriminator="method"),
]

__all__ = [
    "Focus",
    "FullCovariance",
    "Initialization",
    "Mean",
    "Method",
    "Ofa",
    "Random",
    "Wechsel",
]
