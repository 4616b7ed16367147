"""The method that the number of usable pairs asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from lingraft.vectors.aligners.self_learning import SelfLearner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem


class Auto(SelfLearner):
    """With many pairs as `vecmap` (2,000, or five times the dimension if that is more); from 25
    as `self-learning` from them; below, from 100 identical words or more, else from nothing."""

    method: Literal["auto"] = "auto"

    @property
    def needs_pairs(self) -> bool:
        """None are needed; what there is counts."""
        return False

    def fit(self, problem: Problem) -> Maps:
        """The maps of the method that was chosen; `facts` say which, and why."""
        from lingraft.vectors.learned_maps import fit_auto

        return fit_auto(problem, self.options())
