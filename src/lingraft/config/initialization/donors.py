"""Methods that read similarities off another model that owns the target vocabulary."""

from typing import Literal

from pydantic import PositiveInt

from lingraft.config.initialization.common import Evidence, Method


class Clp(Method):
    """CLP-Transfer (Ostendorff and Rehm, 2023): overlap weighted by a small target model."""

    method: Literal["clp"] = "clp"
    neighbors: PositiveInt | None = None
    """Overlapping tokens that a token is combined from; unset: all of them, as in the paper."""

    @property
    def takes(self) -> frozenset[Evidence]:
        """The small model of the target language."""
        return frozenset({"donor"})


class Tokensurgeon(Method):
    """mergekit's tokensurgeon (Goddard and Fernandes Neto, 2025): a donor's row, reconstructed."""

    method: Literal["tokensurgeon"] = "tokensurgeon"
    approximation: Literal["omp", "neighbors", "least-squares"] = "omp"
    """How a donor row is rebuilt from the donor's rows of overlapping tokens: orthogonal matching
    pursuit, the nearest ones weighted by inverse distance, or all of them by least squares."""
    atoms: PositiveInt = 64
    """Overlapping tokens that a row is made of (not with `least-squares`)."""

    @property
    def takes(self) -> frozenset[Evidence]:
        """The model whose rows are rebuilt."""
        return frozenset({"donor"})
