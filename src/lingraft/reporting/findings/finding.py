"""What is compared, and what was found: each initialization against the baseline on each metric.

A finding is one cell of a table: mean and spread over seeds, the difference from the baseline, its
interval, and what the interval was computed from. If there is no number, `evidence` says why.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from lingraft.config.report import Report
from lingraft.evaluation.outcome import Direction
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Measured
from lingraft.stages.references import model_tasks
from lingraft.stages.trainings import Step, all_steps

ALL = "all languages"

Verdict = Literal[
    "better", "worse", "different", "unclear", "doubtful", "untested", "baseline", "missing"
]

# Two runs of one method may differ by a point of a share, or by 1 % of another number.
MARGIN = 0.01


@dataclass(frozen=True)
class Criterion:
    """By what the initializations of a run are compared: a metric at a step in a language.

    `language` may be the name of a group of languages whose scores were averaged.
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

    @property
    def anywhere(self) -> "Criterion":
        """The same in whatever run and language."""
        return replace(self, run="", language="")


class TrivialScore(NamedTuple):
    """What a system that is not a model was measured on: chance, the majority class and so on."""

    run: str
    language: str
    task: str
    metric: str
    setting: str
    system: str

    @classmethod
    def of(cls, criterion: Criterion, system: str) -> "TrivialScore":
        """What a criterion is for a system that is not a model."""
        head = (criterion.run, criterion.language, criterion.task)
        return cls(*head, criterion.metric, criterion.setting, system)


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
        """The question that a criterion asks, without its run and language."""
        head = (criterion.step, criterion.task, criterion.protocol)
        return cls(*head, criterion.metric, criterion.setting, criterion.better)


@dataclass(frozen=True)
class Finding:
    """One initialization by one criterion.

    Attributes:
        sd: over seeds; over languages for a group.
        items: test items; languages for a group.
        difference: its mean minus that of the baseline, between `low` and `high`.
        p_corrected: p after correction over languages.
        detectable: the smallest true difference that the test would probably find.
        verdict: in the direction of the metric. "unclear": the interval includes zero; "doubtful":
            it excludes zero, but the corrected test does not confirm the difference; "different":
            confirmed, of a metric without a direction; "untested": there is no interval.
        evidence: what the interval was computed from, or why there is none.
        predicted: tokens that a loss is a mean over.
        top: it is the best or level with the best, and others are not.
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
    """Sort key: the order of the configuration; groups after their languages."""
    criterion, run = finding.criterion, config.runs[finding.criterion.run]
    return (
        list(config.runs).index(criterion.run),
        all_steps(config).index(criterion.step),
        model_tasks(config).index(criterion.task),
        criterion.protocol,
        is_mean(criterion, config.report),
        criterion.language,
        criterion.metric,
        criterion.setting,
        criterion.split,
        run.initializations.index(finding.initialization),
    )
