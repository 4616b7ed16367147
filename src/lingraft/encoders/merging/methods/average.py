"""The mean of the weights (Wortsman et al., "Model soups", 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import NonNegativeFloat

from lingraft.encoders.merging.methods.method import Merging

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class Average(Merging):
    """The mean of the weights, by equal or given shares."""

    paper: ClassVar[str] = (
        "Wortsman et al. 2022, Model soups: averaging weights of multiple fine-tuned models"
    )

    method: Literal["average"] = "average"
    shares: list[NonNegativeFloat] = []
    """The share of each member, in the order of the members; they are divided by their sum. Unset:
    equal shares."""

    def problem(self, members: int, has_base: bool) -> str:
        """What does not fit: besides what holds for all methods, the number of shares."""
        if self.shares and len(self.shares) != members:
            return f"average has {len(self.shares)} `shares` for {members} models"
        if self.shares and not sum(self.shares):
            return "average needs a share above 0"
        return super().problem(members, has_base)

    def merge(self, given: Given) -> Merged:
        """The mean."""
        from lingraft.encoders.merging.arithmetic import mixture
        from lingraft.encoders.merging.given import Merged

        shares = self.shares or [1.0] * len(given.members)
        coefficients = {
            name: share / sum(shares) for name, share in zip(given.members, shares, strict=True)
        }
        return Merged(mixture(given.members, coefficients), {"coefficients": coefficients})
