"""Coefficients learned on a probe: after Self Positioning (Li et al., 2024)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveFloat, PositiveInt

from lingraft.encoders.loss import Status
from lingraft.encoders.merging.methods.method import Merging

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class SelfPositioning(Merging):
    """The base plus a mixture of the members' changes, with coefficients learned on a probe.

    After the paper, whose details are not public.
    """

    needs_base: ClassVar[bool] = True
    needs_probe: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "Li et al. 2024, Improving general text embedding model: "
        "tackling task conflict and data imbalance through model merging"
    )
    status: ClassVar[Status] = "after the paper"

    method: Literal["self-positioning"] = "self-positioning"
    steps: PositiveInt = 200
    """Updates of the coefficients, each on one batch of the probe."""
    learning_rate: PositiveFloat = 0.05
    """Adam's rate at the first update; it falls to 0 in a line."""

    def merge(self, given: Given) -> Merged:
        """The mixture with the lowest loss on the probe."""
        from lingraft.encoders.merging.positions import Search, position

        return position(given, Search(self.steps, self.learning_rate))
