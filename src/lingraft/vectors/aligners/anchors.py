"""Anchors: a word as its similarities to translated words; nothing is rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Anchors(Aligner):
    """Words are described by their similarities to anchors: pairs of the dictionary."""

    method: Literal["anchors"] = "anchors"
    anchors: PositiveInt = 1000
    """Dimensions of the common space: the most frequent pairs, each word in one of them;
    `anchors.tsv` names them."""
    centered: bool = True
    """Subtract from the similarities of a word their mean over the anchors."""
    whitening: Annotated[float, Field(ge=0, le=1)] = 1.0
    """0: similarities as they are; 1: all directions that the anchors span count alike."""

    def fit(self, problem: Problem) -> Maps:
        """The similarities of both sides to their side of the anchors."""
        from lingraft.vectors.anchoring import fit_anchors

        return fit_anchors(
            problem, anchors=self.anchors, centered=self.centered, whitening=self.whitening
        )
