"""What tuning did: each sentence encoder minus the model that it was tuned from.

Both were measured on the same test items, so they are compared item by item, as initializations are
compared with the baseline. p is corrected over the languages of a question (Holm).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingraft.config.report import Report
from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.cells import Cells, Predictions, Rows
from lingraft.reporting.findings.comparing import against_baseline, judge, summary_of
from lingraft.reporting.findings.finding import Criterion, Finding, order
from lingraft.reporting.findings.language_means import group_means
from lingraft.stages.trainings import Step, initializations_with, seeds_with


@dataclass(frozen=True)
class Gain:
    """One encoder and the model that it was tuned from, by one metric in one language.

    Attributes:
        start: the state of that model.
        before: its score.
        after: the score of the encoder; difference, interval and verdict are against `before`.
        won, lost: test items that the encoder does better or worse, in the mean over seeds; None
            without the predictions of single items, and for a mean over languages.
    """

    start: Step
    before: Finding
    after: Finding
    won: int | None = None
    lost: int | None = None

    @property
    def criterion(self) -> Criterion:
        """What the encoder was measured by."""
        return self.after.criterion


def gains(config: Config, cells: Cells) -> list[Gain]:
    """The gains of every encoder by each headline metric; means over languages come last."""
    found = [
        _gain(config, cells, criterion, start, name)
        for criterion, start in _tuned(config, cells)
        for name in initializations_with(config, criterion.run, criterion.step)
        if _has_score(cells, criterion, name) and _has_score(cells, _at(criterion, start), name)
    ]
    found += _means(found, config.report)
    judged = judge([gain.after for gain in found], config.report)
    found = [replace(gain, after=after) for gain, after in zip(found, judged, strict=True)]
    return sorted(found, key=lambda gain: order(config, gain.after))


def _tuned(config: Config, cells: Cells) -> Iterator[tuple[Criterion, Step]]:
    """Yield what encoders were measured by, and the state that each was tuned from."""
    for criterion in cells.by_criterion:
        is_asked = criterion.metric in config.report.headline and criterion.better != "none"
        if is_asked and criterion.step in config.encoders:
            yield criterion, config.encoders[criterion.step].start


def _at(criterion: Criterion, step: Step) -> Criterion:
    return replace(criterion, step=step)


def _has_score(cells: Cells, criterion: Criterion, name: str) -> bool:
    rows = cells.by_criterion.get(criterion, {}).get(name, {})
    return any(row.score.value is not None for row in rows.values())


def _gain(config: Config, cells: Cells, criterion: Criterion, start: Step, name: str) -> Gain:
    predictions = cells.predictions
    both = {criterion.step: criterion, start: _at(criterion, start)}
    seeds = seeds_with(config, criterion.run, name, criterion.step)
    # Of the model that it was tuned from, the seeds that were tuned: the two are states of one.
    cell = {
        step: {
            seed: row for seed, row in cells.by_criterion[asked][name].items() if seed[0] in seeds
        }
        for step, asked in both.items()
    }
    scores = {
        step: summary_of(asked, name, cell[step], seeds, predictions)
        for step, asked in both.items()
    }
    report = config.report.model_copy(update={"baseline": start})
    compared = against_baseline(report, scores, cell, predictions)
    counts = _counts(criterion, cell[start], cell[criterion.step], predictions)
    return Gain(start, scores[start], compared[criterion.step], *counts)


def _counts(
    criterion: Criterion, before: Rows, after: Rows, predictions: Predictions
) -> tuple[int | None, int | None]:
    """How many items the encoder does better and worse, in the mean over the seeds of both."""
    gaps_SN = []
    for seed in sorted(before.keys() & after.keys()):
        sums = predictions.of(before[seed]), predictions.of(after[seed])
        if sums[0] is None or sums[1] is None or sums[0].ids != sums[1].ids:
            return None, None
        if sums[0].numerators_NK.shape[1] > 1:
            return None, None  # no item has a macro-F1 of its own
        old_N, new_N = (
            s.numerators_NK[:, 0] / np.maximum(s.denominators_NK[:, 0], 1) for s in sums if s
        )
        gaps_SN.append(new_N - old_N)
    if len({len(gaps_N) for gaps_N in gaps_SN}) != 1:
        return None, None
    gaps_N = np.sum(gaps_SN, axis=0) * (-1 if criterion.better == "down" else 1)
    return int((gaps_N > 0).sum()), int((gaps_N < 0).sum())


def _means(found: Sequence[Gain], report: Report) -> list[Gain]:
    """Means over the languages of a run, of the scores and of the differences."""
    start_of = {gain.criterion.step: gain.start for gain in found}
    # No initialization is the baseline here: each is compared with its own start.
    alone = report.model_copy(update={"baseline": ""})
    # By the encoder, since several encoders may have one start.
    old = [replace(gain.before, criterion=gain.criterion) for gain in found]
    befores = group_means(old, alone)
    afters = group_means([gain.after for gain in found], alone)
    return [
        Gain(start_of[after.criterion.step], before, after)
        for before, after in zip(befores, afters, strict=True)
    ]
