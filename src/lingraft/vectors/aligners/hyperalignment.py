"""Hyperalignment: several target languages and the source in one space, fitted jointly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveInt

from lingraft.config.base import Name
from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Hyperalignment(Aligner):
    """Generalized Procrustes: translations of a source word in several languages meet at their
    mean, so that target languages come nearer to each other, too."""

    method: Literal["hyperalignment"] = "hyperalignment"
    jointly: Annotated[list[Name], Field(min_length=1)]
    """Alignments of the same source with other targets, whose dictionaries join in."""
    rounds: PositiveInt = 20
    """Rounds in which each language in turn is rotated onto the mean of the others."""

    @property
    def partners(self) -> tuple[str, ...]:
        """Those with whose dictionaries it is fitted."""
        return tuple(self.jointly)

    def fit(self, problem: Problem) -> Maps:
        """The rotation of the target side after the last round; the source side stays."""
        from lingraft.vectors.hyperalignment import fit_jointly

        return fit_jointly(problem, self.rounds)
