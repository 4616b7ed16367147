"""No map: both sides share a space already (one multilingual model or compass made them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Identity(Aligner):
    """Both sides share a space already: nothing moves, and dictionaries only measure it."""

    method: Literal["identity"] = "identity"

    @property
    def needs_pairs(self) -> bool:
        """Nothing is fitted."""
        return False

    def fit(self, problem: Problem) -> Maps:
        """The identity for both sides."""
        import numpy as np

        from lingraft.vectors.fitting import Maps

        eye_EE = np.eye(problem.source_NE.shape[1])
        return Maps(eye_EE, eye_EE, rank=len(eye_EE), pairs=0, uses_pairs=False)
