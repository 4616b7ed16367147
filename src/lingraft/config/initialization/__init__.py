"""Initialization of the new embeddings: one block for each method, told apart by `method`."""

from typing import Annotated

from pydantic import Field

from lingraft.config.initialization.baselines import FullCovariance, Mean, Random
from lingraft.config.initialization.common import Evidence, Method
from lingraft.config.initialization.cooccurrence import TokAlign
from lingraft.config.initialization.decomposition import Fvt, Lexical
from lingraft.config.initialization.donors import Clp, Tokensurgeon
from lingraft.config.initialization.mixture import Component, Mixture
from lingraft.config.initialization.similarity import Focus, Ofa, Wechsel
from lingraft.config.initialization.translation import Ramen, TransTokenization, WordAlignment

Initialization = Annotated[
    Random
    | Mean
    | FullCovariance
    | Wechsel
    | Ofa
    | Focus
    | Fvt
    | Lexical
    | TransTokenization
    | Ramen
    | Clp
    | Tokensurgeon
    | TokAlign
    | Mixture,
    Field(discriminator="method"),
]

__all__ = [
    "Clp",
    "Component",
    "Evidence",
    "Focus",
    "FullCovariance",
    "Fvt",
    "Initialization",
    "Lexical",
    "Mean",
    "Method",
    "Mixture",
    "Ofa",
    "Ramen",
    "Random",
    "TokAlign",
    "Tokensurgeon",
    "TransTokenization",
    "Wechsel",
    "WordAlignment",
]
