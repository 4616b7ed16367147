"""The base plus the sum of all changes (Ilharco et al., "Editing models with task arithmetic")."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.encoders.merging.methods.method import Merging

if TYPE_CHECKING:
    from lingraft.encoders.merging.given import Given, Merged


class TaskArithmetic(Merging):
    """The base plus `scale` times the sum of what the members changed of it."""

    needs_base: ClassVar[bool] = True
    paper: ClassVar[str] = "Ilharco et al. 2023, Editing models with task arithmetic"

    method: Literal["task-arithmetic"] = "task-arithmetic"
    scale: float = 0.4
    """Factor of the sum of the members' changes. The default is the paper's advice where nothing is
    measured. 0 is the base; 1 divided by the number of members is their average; below 0, the
    changes are taken away."""

    def merge(self, given: Given) -> Merged:
        """The base with all changes."""
        from lingraft.encoders.merging.arithmetic import mixture
        from lingraft.encoders.merging.given import Merged

        coefficients = dict.fromkeys(given.members, self.scale)
        return Merged(
            mixture(given.members, coefficients, given.start), {"coefficients": coefficients}
        )
