"""Whether self-learning found a translation, or only one of the many wrong optima.

A wrong map has a high objective, too: whatever the dictionary, learning brings some words close to
each other. How high shows when learning starts from random dictionaries. A map is believed if its
objective is clearly higher, or if a random start finds the same dictionary.

Legend: P pairs.
"""

from dataclasses import dataclass, replace

import numpy as np

from lingraft.vectors.fitting import Problem
from lingraft.vectors.self_learning import Learned, Learner, Schedule

STARTS = 2
_WORDS = 2000  # of each side: enough to compare, and a hundredth of the work
_PATIENCE = 3
_MARGIN = 0.02  # by which a map must be better; the objectives of random starts differ by 0.01
_SAME = 0.5  # share of equal translations from which two dictionaries are the same solution


@dataclass(frozen=True)
class StartComparison:
    """Objectives of a map and of random starts on the same words, each learned to its end."""

    objective: float
    random_objectives: tuple[float, ...]
    agreement: float  # largest share of translations that a random start finds as well

    @property
    def is_believed(self) -> bool:
        """Whether the map is better than a wrong one would be."""
        is_better = self.objective >= max(self.random_objectives) + _MARGIN
        return is_better or self.agreement >= _SAME

    def doubt(self, fit: str, repair: str) -> str:
        """One line if the map is not believed, else nothing.

        Args:
            fit: what made the map.
            repair: what to do.
        """
        if self.is_believed:
            return ""
        return (
            f"{fit} found no translation: its objective {self.objective:.3f} is hardly above the "
            f"{max(self.random_objectives):.3f} that random starts reach; {repair}"
        )


def compare(problem: Problem, found: Learned, schedule: Schedule) -> StartComparison:
    """Learn from random dictionaries on the most frequent words, and from the one that was found.

    Args:
        problem: both vocabularies.
        found: the result of self-learning.
        schedule: how it was learned.
    """
    words = min(_WORDS, len(problem.source_NE), len(problem.target_ME))
    short = replace(schedule, patience=_PATIENCE)
    # It goes on at probability 1: a bold start would leave the solution that is in question.
    own = Learner(problem, words, short).learn(
        Learned(found.source_P, found.target_P, probability=1.0)
    )
    objectives, agreements = [], []
    for seed in range(STARTS):
        generator = np.random.default_rng([schedule.seed, seed])
        first = Learned(np.arange(words), generator.permutation(words), probability=0.1)
        learner = Learner(problem, words, replace(short, seed=schedule.seed + seed))
        random = learner.learn(first)
        objectives.append(random.objective)
        # The first half of a dictionary translates the source words in their order.
        agreements.append(float(np.mean(random.target_P[:words] == own.target_P[:words])))
    return StartComparison(own.objective, tuple(objectives), max(agreements))
