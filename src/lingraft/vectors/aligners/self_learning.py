"""Self-learning of VecMap (Artetxe et al., 2018): from 25 pairs, or from none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from lingraft.config.base import Seed
from lingraft.vectors.aligners.aligner import Aligner

if TYPE_CHECKING:
    from lingraft.vectors.fitting import Maps, Problem
    from lingraft.vectors.learned_maps import Options


class SelfLearner(Aligner):
    """What methods that learn a dictionary have."""

    reweighting: NonNegativeFloat = 0.5
    """Power of the singular values by which both sides are re-weighted at the end."""
    learned_words: Annotated[int, Field(ge=100)] = 20_000
    """The most frequent words of either side that the learned dictionary translates. All their
    cosines are computed in each iteration: 20,000 take 1.6 GB, more are computed twice instead."""
    keep_probability: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Probability with which a translation counts at first; it doubles when nothing improves."""
    patience: PositiveInt = 50
    """Iterations without improvement before the probability doubles, and before the end."""
    refuse: bool = True
    """Fail when no dictionary was given and the map is no better than random starts reach; false
    only warns."""
    seed: Seed = 0
    """Seed of the draws of self-learning, and of the folds."""

    def options(self) -> Options:
        """What was set, for the mathematics."""
        from lingraft.vectors.learned_maps import Options
        from lingraft.vectors.self_learning import Schedule

        schedule = Schedule(self.neighbors, self.keep_probability, self.patience, self.seed)
        return Options(self.learned_words, self.reweighting, self.refuse, schedule)


class SelfLearning(SelfLearner):
    """A map and a dictionary of all frequent words improve each other."""

    method: Literal["self-learning"] = "self-learning"
    start: Literal["dictionary", "identical", "numerals", "unsupervised"] = "dictionary"
    """The first dictionary. `dictionary`: at least 25 pairs of `dictionaries`; `identical`: words
    that both sides spell the same; `numerals`: those that are digits; `unsupervised`: words with
    similar similarities."""

    @property
    def needs_pairs(self) -> bool:
        """Only to start from them."""
        return self.start == "dictionary"

    def fit(self, problem: Problem) -> Maps:
        """The maps of the last dictionary."""
        from lingraft.vectors.learned_maps import fit_self_learning

        return fit_self_learning(problem, self.options(), self.start)
