"""VecMap (Artetxe et al., 2018): whiten, rotate, re-weight and de-whiten both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeFloat

from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Vecmap(Aligner):
    """Both sides are whitened, rotated, re-weighted and de-whitened."""

    method: Literal["vecmap"] = "vecmap"
    reweighting: NonNegativeFloat = 0.5
    """Power of the singular values by which both sides are re-weighted."""

    def fit(self, problem: Problem) -> Maps:
        """The maps of both sides."""
        from lingraft.vectors.fitting import fit_vecmap

        return fit_vecmap(problem, self.reweighting)
