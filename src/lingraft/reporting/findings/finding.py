"""What was found: every initialization against the baseline, on every metric, with an interval.

A finding is one cell of a table: mean and spread over seeds, the difference to the baseline, how
sure it is and on what evidence. Where a number cannot be had, the evidence says why.
"""

from dataclasses import dataclass
from typing import Any, Literal

from lingraft.config.report import Report
from lingraft.evaluation.outcome import Direction
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Measured
from lingraft.stages.references import model_tasks
from lingraft.stages.trainings import Step

ALL = "all languages"

# run, language, task, metric, setting, system: what a system that is no model was measured on
Trivial = tuple[str, str, str, str, str, str]
Verdict = Literal[
    "better", "worse", "different", "unclear", "doubtful", "untested", "baseline", "missing"
]

# A point, or 1 % of a number that is no share: what two honest runs of one method may differ by.
MARGIN = 0.01


@dataclass(frozen=True)
class Criterion:
    """One metric of one run at one step: the initializations meet here.

    `language` is a language, or the name of a group whose languages were averaged.
    """

    run: str
    step: Step
    task: str
    protocol: str
    language: str
    metric: str
    setting: str
    split: str
    better: Direction

    @classmethod
    def of(cls, row: Measured) -> "Criterion":
        """The criterion of one score."""
        head = (row.training.run, row.step, row.task, row.protocol)
        score = row.score
        return cls(*head, score.language, score.metric, score.setting, score.split, score.better)


@dataclass(frozen=True)
class Question:
    """What a column of a headline table asks: one metric at one step under one protocol."""

    step: str
    task: str
    protocol: str
    metric: str
    setting: str
    better: Direction

    @classmethod
    def of(cls, criterion: Criterion) -> "Question":
        """The question that a criterion belongs to, whatever the run and the language."""
        head = (criterion.step, criterion.task, criterion.protocol)
        return cls(*head, criterion.metric, criterion.setting, criterion.better)


@dataclass(frozen=True)
class Finding:
    """One initialization on one metric; differences are its mean minus the baseline's.

    `items` counts test items, or languages for a group; `sd` is over seeds, or over languages for
    a group. The verdict respects the direction of the metric: "unclear" is an interval that holds
    zero, "doubtful" one that leaves it out while the corrected test does not support that,
    "untested" a difference without an interval. `predicted` counts the tokens behind a loss; `top`
    marks the best and those level with it, where not all are.
    """

    criterion: Criterion
    initialization: str
    mean: float | None = None
    sd: float | None = None
    seeds: int = 0
    missing_seeds: int = 0
    items: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_corrected: float | None = None
    detectable: float | None = None
    verdict: Verdict = "untested"
    evidence: str = ""
    predicted: int = 0
    top: bool = False

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval of the difference lies on one side of zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def is_mean(criterion: Criterion, report: Report) -> bool:
    """Whether a criterion is the mean over languages, or over a group of them."""
    return criterion.language == ALL or criterion.language in report.groups


def order(config: Config, finding: Finding) -> tuple[Any, ...]:
    """Sort key: the configuration's order; groups of languages after the languages."""
    criterion, run = finding.criterion, config.runs[finding.criterion.run]
    return (
        list(config.runs).index(criterion.run),
        criterion.step,
        model_tasks(config).index(criterion.task),
        criterion.protocol,
        is_mean(criterion, config.report),
        criterion.language,
        criterion.metric,
        criterion.setting,
        criterion.split,
        run.initializations.index(finding.initialization),
    )
