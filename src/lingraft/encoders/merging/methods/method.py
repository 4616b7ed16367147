"""What every method of merging has: settings, what it needs, and the merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from lingraft.config.base import Block
from lingraft.encoders.loss import Status

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class Merging(Block):
    """How several models become one."""

    needs_base: ClassVar[bool] = False
    """Whether it works on the members' changes of a base; others take none."""
    needs_probe: ClassVar[bool] = False
    """Whether it measures mixtures on a probe."""
    most_members: ClassVar[int | None] = None
    """How many models it can merge; None for any number."""

    paper: ClassVar[str]
    """Authors, year and title."""
    status: ClassVar[Status] = "exact"
    """As of a loss."""

    method: str
    """Method of merging."""

    def problem(self, members: int, has_base: bool) -> str:
        """What does not fit between this method and what it is given; empty where all fits.

        Args:
            members: how many models there are.
            has_base: whether there is a base, too.
        """
        if members < 2:
            return f"{self.method} merges two models or more, not {members}"
        if self.most_members is not None and members > self.most_members:
            return f"{self.method} merges {self.most_members} models, not {members}"
        if self.needs_base and not has_base:
            return f"{self.method} needs the model from which its members were trained as `base`"
        if has_base and not self.needs_base:
            return f"{self.method} uses no `base`: remove it, or take another method"
        return ""

    def merge(self, given: Given) -> Merged:
        """The merged weights, and the numbers that made them.

        Args:
            given: models that fit each other and this method.
        """
        raise NotImplementedError
