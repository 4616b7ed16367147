"""Intervals, tests, and the budget at which one run catches up with another.

Everything here works on arrays, without files, so that it can be simulated: the tests draw
thousands of synthetic experiments and check that 95 % intervals contain 95 % of the true values.

- summaries: mean, standard deviation and intervals of a few numbers
- examples: what a system scored on each test example
- comparison: systems on the same examples, over one seed or several
- seed_noise: the variation between seeds, where only some systems have several
- permutation: exact tests over seeds, and Holm's correction
- catching_up: compute-to-match
- dominance: almost stochastic order
"""

from lingraft.reporting.statistics.catching_up import AXES, CatchUp, Curve, compute_to_match
from lingraft.reporting.statistics.comparison import Comparison, compare, compare_all
from lingraft.reporting.statistics.dominance import almost_stochastic_order
from lingraft.reporting.statistics.examples import Examples
from lingraft.reporting.statistics.permutation import (
    MOST_PAIRS,
    holm,
    mean_test,
    paired_seed_test,
    smallest_paired_p,
)
from lingraft.reporting.statistics.seed_noise import SeedNoise, with_noise
from lingraft.reporting.statistics.summaries import (
    Interval,
    Summary,
    mean_interval,
    score_interval,
    summarize,
)

__all__ = [
    "AXES",
    "MOST_PAIRS",
    "CatchUp",
    "Comparison",
    "Curve",
    "Examples",
    "Interval",
    "SeedNoise",
    "Summary",
    "almost_stochastic_order",
    "compare",
    "compare_all",
    "compute_to_match",
    "holm",
    "mean_interval",
    "mean_test",
    "paired_seed_test",
    "score_interval",
    "smallest_paired_p",
    "summarize",
    "with_noise",
]
