"""Scores by criterion and initialization, and tests between the initializations of a cell.

Two initializations are compared over the test examples that both were measured on. Without
predictions, they are compared over the seeds that both have. Where two have one seed in common,
the variation between seeds is that of the initializations with several (`Cells.noise`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lingraft.config.report import Report
from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.tasks.language_model import SOURCE
from lingraft.reporting.collected.collection import Collected, Measured
from lingraft.reporting.findings.example_sums import (
    ExampleSums,
    Group,
    Records,
    example_sums,
    is_per_token,
    pair,
    read_groups,
)
from lingraft.reporting.findings.finding import Criterion
from lingraft.reporting.statistics import (
    MOST_PAIRS,
    Comparison,
    SeedNoise,
    compare_all,
    mean_interval,
    mean_test,
    paired_seed_test,
    with_noise,
)
from lingraft.stages.trainings import Step, TrainingId

# Seed of the training and seed of the task: six fine-tunings of a model count as six seeds.
Seed = tuple[int, int]
Rows = Mapping[Seed, Measured]


@dataclass(frozen=True)
class Tested:
    """One system minus another: the difference, its bounds, and the p-value.

    `covers_seeds`: bounds and p cover the variation between seeds.
    """

    difference: float
    low: float
    high: float
    p_value: float
    evidence: str
    covers_seeds: bool = False

    @property
    def excludes_zero(self) -> bool:
        """Whether both bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


class Cells:
    """Every score by criterion and initialization, with the predictions that it comes from."""

    def __init__(self, collection: Collected) -> None:
        self.by_criterion = _cells(collection, MODEL)
        self.of_source = _cells(collection, SOURCE)  # beside each initialization, its source model
        self.predictions = Predictions(collection)
        self._noises = _noises(self.by_criterion)

    def noise(self, criterion: Criterion) -> SeedNoise | None:
        """The variation between seeds by a metric in a state, in all runs and languages; None if no
        initialization has several."""
        return self._noises.get(criterion.anywhere)

    def against(
        self, report: Report, criterion: Criterion, best: str, others: Sequence[str]
    ) -> dict[str, Tested]:
        """Compare `best` with each of `others`, over examples or else over seeds.

        Args:
            report: confidence and resamples.
            criterion: what they are compared by.
            best: an initialization.
            others: other initializations that have a score here.

        Returns:
            The best minus the other, by its name; without those that cannot be compared.
        """
        cell = {name: self.by_criterion[criterion][name] for name in (best, *others)}
        # compare_examples gives "other minus baseline". With the best as the baseline, the sign and
        # the bounds are exchanged below.
        report = report.model_copy(update={"baseline": best})
        compared = compare_examples(report, cell, self.predictions, self.noise(criterion))
        result = {}
        for name in others:
            if name in compared:
                found = compared[name]
                bounds = -found.difference, -found.high, -found.low
                evidence = basis(found, len(values_by_seed(cell[name])))
                result[name] = Tested(*bounds, found.p_value, evidence, found.covers_seeds)
            elif (tested := compare_seeds(cell[best], cell[name], report)) is not None:
                result[name] = tested
        return result


class Predictions:
    """Reads each file of predictions once, when the first metric asks for it."""

    def __init__(self, collection: Collected) -> None:
        self._paths = collection.predictions
        self._read: dict[tuple[TrainingId, Step, str, str], Mapping[Group, Records]] = {}

    def of(self, row: Measured) -> ExampleSums | None:
        """What the examples add to a score; None if the predictions are missing or disagree."""
        key, score = (row.training, row.step, row.task), row.score
        if key not in self._paths or score.value is None:
            return None
        of_system = *key, score.system
        if of_system not in self._read:
            self._read[of_system] = read_groups(self._paths[key], score.system)
        groups, group = self._read[of_system], (score.language, score.setting)
        records = groups.get((*group, score.seed), groups.get((*group, None)))
        found = example_sums(row.task, score.metric, records)
        # A small gap comes from rounding and the order of sums. A larger one means that the
        # predictions are not those of this score.
        if found is None or abs(found.score - score.value) > 1e-6 * max(1.0, abs(score.value)):
            return None
        return found

    def tokens(self, row: Measured) -> int:
        """Number of tokens that a loss is a mean over; 0 for other metrics."""
        found = self.of(row) if is_per_token(row.task, row.score.metric) else None
        return 0 if found is None else round(float(found.denominators_NK.sum()))


def _noises(cells: Mapping[Criterion, Mapping[str, Rows]]) -> dict[Criterion, SeedNoise]:
    """Criterion anywhere -> the variation between seeds, pooled over all that was measured."""
    scores: dict[Criterion, list[list[float]]] = defaultdict(list)
    for criterion, cell in cells.items():
        scores[criterion.anywhere] += [
            list(values_by_seed(rows).values()) for rows in cell.values()
        ]
    found = {criterion: SeedNoise.pooled(own) for criterion, own in scores.items()}
    return {criterion: noise for criterion, noise in found.items() if noise is not None}


def compare_examples(
    report: Report,
    cell: Mapping[str, Rows],
    predictions: Predictions,
    noise: SeedNoise | None = None,
) -> dict[str, Comparison]:
    """Compare with the baseline over examples.

    Initializations with the same seeds share the resampling.

    Args:
        report: the baseline, confidence and resamples.
        cell: the scores of each initialization.
        predictions: where the examples come from.
        noise: the variation between seeds, for pairs with one seed in common; None where it is not
            known, or where both are states of one training.

    Returns:
        A comparison by initialization; without those that lack the examples of the baseline.
    """
    known = {name: _sums_by_seed(rows, predictions) for name, rows in cell.items()}
    base = known.pop(report.baseline, {})
    together: dict[tuple[Seed, ...], list[str]] = defaultdict(list)
    for name, by_seed in known.items():
        together[tuple(sorted(by_seed.keys() & base.keys()))].append(name)
    result: dict[str, Comparison] = {}
    for seeds, names in together.items():
        same = {name: [known[name][seed] for seed in seeds] for name in names}
        compared = _compare_systems(report, same, [base[seed] for seed in seeds])
        if noise is not None and len(seeds) == 1:
            level = values_by_seed(cell[report.baseline])[seeds[0]]
            compared = {name: with_noise(found, noise, level) for name, found in compared.items()}
        result |= compared
    return result


def compare_seeds(rows: Rows, base: Rows, report: Report) -> Tested | None:
    """Compare over seeds; None with fewer than two seeds in common.

    Args:
        rows: the scores of one initialization.
        base: the scores of the other.
        report: confidence and resamples.
    """
    gaps = seed_gaps(rows, base)
    interval = mean_interval(gaps, report.confidence, report.resamples)
    if interval is None:
        return None
    bounds = interval.estimate, interval.low, interval.high
    p_value = paired_seed_test(gaps) if len(gaps) <= MOST_PAIRS else mean_test(gaps)
    return Tested(*bounds, p_value, f"{len(gaps)} seeds", covers_seeds=True)


def seed_gaps(rows: Rows, base: Rows) -> list[float]:
    """The difference of each seed that both have."""
    values, others = values_by_seed(rows), values_by_seed(base)
    return [values[seed] - others[seed] for seed in sorted(values.keys() & others.keys())]


def values_by_seed(rows: Rows) -> dict[Seed, float]:
    """The score of each seed that has one."""
    values = {seed: row.score.value for seed, row in rows.items()}
    return {seed: value for seed, value in values.items() if value is not None}


def basis(found: Comparison, seeds: int) -> str:
    """What a comparison was computed from; `seeds` is how many its system has."""
    said = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    shared = " that both have" if found.seeds < seeds else ""
    if found.borrows_seeds:
        return f"{found.examples} examples, {said}{shared}, and the spread of seeds elsewhere"
    return f"{found.examples} examples and {said}{shared}"


def _sums_by_seed(rows: Rows, predictions: Predictions) -> dict[Seed, ExampleSums]:
    found = {seed: predictions.of(row) for seed, row in rows.items()}
    return {seed: sums for seed, sums in found.items() if sums is not None}


def _compare_systems(
    report: Report, systems: Mapping[str, Sequence[ExampleSums]], base: Sequence[ExampleSums]
) -> dict[str, Comparison]:
    """Compare the systems that were measured on exactly the examples of the baseline."""
    baseline = pair(base) if base else None
    if baseline is None:
        return {}
    usable = {report.baseline: baseline}
    for name, cells in systems.items():
        examples = pair(cells) if cells[0].ids == base[0].ids else None
        if examples is not None:
            usable[name] = examples
    return compare_all(usable, report.baseline, report.confidence, report.resamples)


def _cells(collection: Collected, system: str) -> dict[Criterion, dict[str, dict[Seed, Measured]]]:
    cells: dict[Criterion, dict[str, dict[Seed, Measured]]] = {}
    for row in collection.scores:
        if row.score.system == system:
            by_name = cells.setdefault(Criterion.of(row), {})
            rows = by_name.setdefault(row.training.initialization, {})
            rows[row.training.seed, row.score.seed] = row
    return cells
