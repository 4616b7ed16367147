"""What every method of alignment has: settings, and the maps that it fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.config.base import Block

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Aligner(Block):
    """How two spaces are mapped onto each other."""

    method: str
    """Method of alignment."""
    normalization: Literal["wechsel", "muse", "fasttext", "vecmap"] = "vecmap"
    """Normalization of the vectors before the fit. `wechsel`, `muse`: none; `fasttext`: unit
    length; `vecmap`: unit length, centered, unit length."""
    center: bool = False
    """Also subtract the mean vector of each space, if the normalization does not do so."""
    casing: Literal["first", "wechsel", "wechsel-paper"] = "first"
    """Which casings of a pair count. `first`: the first of raw, lower, Title that is in the
    vocabulary; `wechsel`: all nine combinations, with multiplicity, as WECHSEL's library;
    `wechsel-paper`: four, as the paper's code."""
    neighbors: PositiveInt = 10
    """Neighbors that CSLS averages over."""

    @property
    def partners(self) -> tuple[str, ...]:
        """Names of the alignments with which this one is fitted jointly."""
        return ()

    @property
    def needs_pairs(self) -> bool:
        """Whether a fit needs pairs of a dictionary; without, `dictionaries` may be empty."""
        return True

    def fit(self, problem: Problem) -> Maps:
        """The maps that bring both vocabularies together."""
        raise NotImplementedError
