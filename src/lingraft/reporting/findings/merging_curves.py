"""Dynamic tokenization: a task's scores by how many merges its texts were read with.

These scores are settings of their own in the results. The report takes them out of its other
tables, where they would be columns beside the static ones, and has them here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lingraft.config.report import Report
from lingraft.evaluation.dynamic.costs import HITS, LENGTH, SAVED, SECONDS
from lingraft.evaluation.dynamic_reading import parts_of
from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.task import READING
from lingraft.evaluation.tasks import TASKS
from lingraft.reporting.collected.collection import Collected, Measured
from lingraft.reporting.findings.cells import Predictions, Seed, compare_examples
from lingraft.reporting.findings.finding import Criterion
from lingraft.reporting.statistics import Comparison

STATIC = "static"


@dataclass(frozen=True)
class MergePoint:
    """A score with one number of merges, and what reading took. Seeds are averaged."""

    label: str
    """`static`, or the number of merges."""
    score: float
    tokens: float
    """Of a text."""
    saved: float
    """Share of the static tokens."""
    seconds: float
    """For 1,000 texts."""
    hits: float | None
    """Share of strings whose rows were kept; None where there were none."""
    against: Comparison | None = None
    """This score minus the static one, over the same examples."""


@dataclass(frozen=True)
class MergeCurve:
    """The points of one model on one criterion, the static one first."""

    criterion: Criterion
    initialization: str
    points: Sequence[MergePoint]


def without_merges(collection: Collected) -> Collected:
    """The results without scores of merged texts, and without what reading took."""
    kept = [
        row
        for row in collection.scores
        if not (_is_of_reading(row) or (_may_merge(row) and parts_of(row.score.setting)[1]))
    ]
    return replace(collection, scores=kept)


def merge_curves(report: Report, collection: Collected) -> list[MergeCurve]:
    """The curves of all tasks that were measured with merges.

    Args:
        report: the headline, confidence and resamples. Of a task without a headline metric there is
            the first metric that has a direction.
        collection: the results, with scores of merged texts.
    """
    costs = _costs(collection)
    measured = {key[:-1] for key in costs}
    cells: dict[tuple[Criterion, str], dict[str, dict[Seed, Measured]]] = defaultdict(dict)
    for row in collection.scores:
        if not _may_merge(row) or _is_of_reading(row) or row.score.better == "none":
            continue
        if _place(row) not in measured and (*_place(row)[:-1], "all") not in measured:
            continue
        label, base = _split(row)
        rows = cells[Criterion.of(base), row.training.initialization].setdefault(label, {})
        if row.score.system == MODEL:
            rows[row.training.seed, row.score.seed] = row
    # A criterion that was never measured with merges is no curve: development scores, baselines.
    merged = {key: cell for key, cell in cells.items() if len(cell) > 1 and cell.get(STATIC)}
    shown = _shown(report, [criterion for criterion, _ in merged])
    predictions = Predictions(collection)
    return [
        curve
        for (criterion, name), cell in merged.items()
        if criterion in shown
        and (curve := _curve(report, criterion, name, cell, costs, predictions)) is not None
    ]


def _curve(
    report: Report,
    criterion: Criterion,
    name: str,
    cell: Mapping[str, Mapping[Seed, Measured]],
    costs: Mapping[tuple[str, ...], Mapping[str, float]],
    predictions: Predictions,
) -> MergeCurve | None:
    compared = compare_examples(report.model_copy(update={"baseline": STATIC}), cell, predictions)
    points = []
    for label, rows in cell.items():
        values = [row.score.value for row in rows.values() if row.score.value is not None]
        place = _place(next(iter(rows.values())))
        took = costs.get((*place, label)) or costs.get((*place[:-1], "all", label))
        if not values or took is None:
            continue
        points.append(
            MergePoint(
                label, float(np.mean(values)), took[LENGTH], took[SAVED], took[SECONDS],
                took.get(HITS), compared.get(label),
            )
        )  # fmt: skip
    points.sort(key=lambda point: -point.tokens)
    return MergeCurve(criterion, name, points) if len(points) > 1 else None


def _costs(collection: Collected) -> dict[tuple[str, ...], dict[str, float]]:
    """What reading took by run, initialization, step, task, language and label; seeds averaged."""
    found: dict[tuple[str, ...], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in collection.scores:
        if _is_of_reading(row) and row.score.value is not None:
            key = (*_place(row), row.score.setting or STATIC)
            found[key][row.score.metric].append(row.score.value)
    return {
        key: {metric: float(np.mean(values)) for metric, values in own.items()}
        for key, own in found.items()
    }


def _may_merge(row: Measured) -> bool:
    """Whether a score is of a task with the key `dynamic`."""
    task = TASKS.get(row.task)
    return task is not None and "dynamic" in task.model_fields


def _is_of_reading(row: Measured) -> bool:
    return row.score.metric in READING and _may_merge(row)


def _place(row: Measured) -> tuple[str, ...]:
    training = row.training
    return training.run, training.initialization, row.step, row.task, row.score.language


def _split(row: Measured) -> tuple[str, Measured]:
    """The label of a score's number of merges, and the score as if it had none."""
    setting, label = parts_of(row.score.setting)
    return label or STATIC, replace(row, score=replace(row.score, setting=setting))


def _shown(report: Report, criteria: Sequence[Criterion]) -> set[Criterion]:
    """Headline metrics, and the first metric of tasks that have none."""
    by_task: dict[str, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        by_task[criterion.task].append(criterion)
    shown: set[Criterion] = set()
    for own in by_task.values():
        headline = [c for c in own if c.metric in report.headline]
        shown |= set(headline or [c for c in own if c.metric == own[0].metric])
    return shown
