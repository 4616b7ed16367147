"""Trim, elect signs, merge (Yadav et al., "TIES-Merging", NeurIPS 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from lingraft.encoders.merging.methods.method import Merging

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class Ties(Merging):
    """The largest changes of each member, averaged over the members that agree in their sign."""

    needs_base: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "Yadav et al. 2023, TIES-Merging: resolving interference when merging models"
    )

    method: Literal["ties"] = "ties"
    density: Annotated[float, Field(gt=0, le=1)] = 0.2
    """Share of each member's changes that is kept: the largest of the whole model, as in the
    paper."""
    scale: float = 1.0
    """Factor of the merged change."""
    election: Literal["mass", "count"] = "mass"
    """What decides the sign of a weight's change. `mass`: the sum of the changes that are kept;
    `count`: how many members go up or down. Where it is balanced, the weight is the base's."""

    def merge(self, given: Given) -> Merged:
        """The base with the changes that agree."""
        from lingraft.encoders.merging.directions import merge_ties

        return merge_ties(given, density=self.density, scale=self.scale, election=self.election)
