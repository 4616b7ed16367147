"""Orthogonal Procrustes (Schönemann, 1966): one orthogonal map of the source side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Procrustes(Aligner):
    """One orthogonal map of the source side; the target side stays."""

    method: Literal["procrustes"] = "procrustes"

    def fit(self, problem: Problem) -> Maps:
        """The map that brings the pairs together best."""
        from lingraft.vectors.fitting import fit_procrustes

        return fit_procrustes(problem)
