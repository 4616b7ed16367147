"""Between two models along the arc (Shoemake, "Animating rotation", 1985)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from lingraft.encoders.merging.methods.method import Merging

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class Slerp(Merging):
    """Between two models along the arc, in each tensor: the norms of the weights do not shrink."""

    most_members: ClassVar[int | None] = 2
    paper: ClassVar[str] = "Shoemake 1985, Animating rotation with quaternion curves"

    method: Literal["slerp"] = "slerp"
    t: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Where on the arc: 0 is the first model, 1 the second."""

    def merge(self, given: Given) -> Merged:
        """The point on the arc of each tensor."""
        from lingraft.encoders.merging.given import Merged
        from lingraft.numeric.arc import slerp

        one, other = given.members.values()
        found = {name: slerp(tensor, other[name], self.t) for name, tensor in one.items()}
        angles = {name: angle for name, (_, angle) in found.items()}
        return Merged({name: point for name, (point, _) in found.items()}, {"angles": angles})
