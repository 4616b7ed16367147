"""Compare the initializations of every run, metric by metric and language by language."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tqdm import tqdm

from lingraft.config.report import Report
from lingraft.evaluation.outcome import MODEL, Score
from lingraft.experiment.configuration import Config
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
from lingraft.reporting.findings.finding import Criterion, Finding, TrivialScore, Verdict, order
from lingraft.reporting.findings.language_means import group_means
from lingraft.reporting.statistics import (
    MOST_PAIRS,
    Comparison,
    compare_all,
    holm,
    mean_interval,
    mean_test,
    paired_seed_test,
    summarize,
)
from lingraft.stages.trainings import Step, TrainingId

# Seed of the training and seed of the task: six fine-tunings of a model count as six seeds.
Seed = tuple[int, int]
Rows = Mapping[Seed, Measured]


@dataclass(frozen=True)
class Tested:
    """One system minus another: the difference, its bounds, and the p-value."""

    difference: float
    low: float
    high: float
    p_value: float
    evidence: str

    @property
    def excludes_zero(self) -> bool:
        """Whether both bounds lie on the same side of zero."""
        return self.low > 0 or self.high < 0


class Cells:
    """Every score by criterion and initialization, with the predictions that it comes from."""

    def __init__(self, collection: Collected) -> None:
        self.by_criterion = _cells(collection)
        self.predictions = _Predictions(collection)

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
        report = report.model_copy(update={"baseline": best})
        compared = _compare_examples(report, cell, self.predictions)
        result = {}
        for name in others:
            if name in compared:
                found = compared[name]
                bounds = -found.difference, -found.high, -found.low
                evidence = _over(found, len(_values(cell[name])))
                result[name] = Tested(*bounds, found.p_value, evidence)
            elif (tested := _tested_by_seeds(cell[best], cell[name], report)) is not None:
                result[name] = tested
        return result


def find(config: Config, cells: Cells) -> list[Finding]:
    """All findings of an experiment, in the order of the configuration; groups after languages."""
    found: list[Finding] = []
    for criterion, cell in tqdm(
        cells.by_criterion.items(), desc="comparing", disable=None, leave=False
    ):
        found += _compare_cell(config, criterion, cell, cells.predictions)
    found += group_means(found, config.report)
    return sorted(_judge(found, config.report), key=lambda finding: order(config, finding))


def trivial_baselines(collection: Collected) -> dict[TrivialScore, float]:
    """The score of every system that is not a model: chance, majority class and the like."""
    values: dict[TrivialScore, float] = {}
    for row in collection.scores:
        score = row.score
        if score.system != MODEL and score.value is not None:
            values.setdefault(TrivialScore.of(Criterion.of(row), score.system), score.value)
    return values


def _cells(collection: Collected) -> dict[Criterion, dict[str, dict[Seed, Measured]]]:
    cells: dict[Criterion, dict[str, dict[Seed, Measured]]] = {}
    for row in collection.scores:
        if row.score.system == MODEL:
            by_name = cells.setdefault(Criterion.of(row), {})
            rows = by_name.setdefault(row.training.initialization, {})
            rows[row.training.seed, row.score.seed] = row
    return cells


class _Predictions:
    """Reads each file of predictions once, when the first metric asks for it."""

    def __init__(self, collection: Collected) -> None:
        self._paths = collection.predictions
        self._read: dict[tuple[TrainingId, Step, str], Mapping[Group, Records]] = {}

    def of(self, row: Measured) -> ExampleSums | None:
        """What the examples add to a score; None if the predictions are missing or disagree."""
        key, score = (row.training, row.step, row.task), row.score
        if key not in self._paths or score.value is None:
            return None
        if key not in self._read:
            self._read[key] = read_groups(self._paths[key])
        groups, group = self._read[key], (score.language, score.setting)
        records = groups.get((*group, score.seed), groups.get((*group, None)))
        found = example_sums(row.task, score.metric, records)
        if found is None or abs(found.score - score.value) > 1e-6 * max(1.0, abs(score.value)):
            return None
        return found

    def tokens(self, row: Measured) -> int:
        """Number of tokens that a loss is a mean over; 0 for other metrics."""
        found = self.of(row) if is_per_token(row.task, row.score.metric) else None
        return 0 if found is None else round(float(found.denominators_NK.sum()))


def _compare_cell(
    config: Config, criterion: Criterion, cell: Mapping[str, Rows], predictions: _Predictions
) -> list[Finding]:
    run = config.runs[criterion.run]
    findings = {
        name: _summary(criterion, name, cell.get(name, {}), run.seeds_of(name), predictions)
        for name in run.initializations
    }
    baseline = config.report.baseline
    if baseline not in findings or findings[baseline].mean is None:
        reason = f"the baseline {baseline} has no score here"
        return [replace(f, evidence=f.evidence or reason) for f in findings.values()]
    compared = _compare_examples(config.report, cell, predictions)
    for name, finding in findings.items():
        if name == baseline or finding.mean is None:
            continue
        if name in compared:
            findings[name] = _with_comparison(finding, compared[name], len(_values(cell[name])))
        else:
            findings[name] = _compare_seeds(finding, cell[name], cell[baseline], config.report)
    findings[baseline] = replace(findings[baseline], verdict="baseline")
    return list(findings.values())


def _summary(
    criterion: Criterion, name: str, rows: Rows, seeds: Sequence[int], predictions: "_Predictions"
) -> Finding:
    known = [row.score for row in rows.values() if row.score.value is not None]
    trained = {seed for (seed, _), row in rows.items() if row.score.value is not None}
    empty = Finding(criterion, name, missing_seeds=len(seeds) - len(trained))
    if not known:
        notes = {row.score.note for row in rows.values() if row.score.note}
        return replace(empty, verdict="missing", evidence="; ".join(sorted(notes)) or "no result")
    summary = summarize([_value(score) for score in known])
    items = max(score.n for score in known)
    first = next(row for row in rows.values() if row.score.value is not None)
    predicted = predictions.tokens(first)
    sizes = replace(empty, seeds=summary.n, items=items, predicted=predicted)
    return replace(sizes, mean=summary.mean, sd=summary.sd)


def _value(score: Score) -> float:
    assert score.value is not None  # noqa: S101 (for the type checker: callers have filtered)
    return score.value


def _compare_examples(
    report: Report, cell: Mapping[str, Rows], predictions: _Predictions
) -> dict[str, Comparison]:
    """Compare over examples; initializations with the same seeds share the resampling."""
    known = {name: _sums_by_seed(rows, predictions) for name, rows in cell.items()}
    base = known.pop(report.baseline, {})
    together: dict[tuple[Seed, ...], list[str]] = defaultdict(list)
    for name, by_seed in known.items():
        together[tuple(sorted(by_seed.keys() & base.keys()))].append(name)
    result: dict[str, Comparison] = {}
    for seeds, names in together.items():
        same = {name: [known[name][seed] for seed in seeds] for name in names}
        result |= _compare_systems(report, same, [base[seed] for seed in seeds])
    return result


def _sums_by_seed(rows: Rows, predictions: _Predictions) -> dict[Seed, ExampleSums]:
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


def _over(found: Comparison, seeds: int) -> str:
    """What a comparison was computed from; `seeds` is how many its system has."""
    said = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    shared = " that both have" if found.seeds < seeds else ""
    return f"{found.examples} examples and {said}{shared}"


def _with_comparison(finding: Finding, found: Comparison, seeds: int) -> Finding:
    return replace(
        finding,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        detectable=found.detectable,
        evidence=_over(found, seeds),
    )


def _compare_seeds(finding: Finding, rows: Rows, base: Rows, report: Report) -> Finding:
    """Compare over seeds, for want of predictions; one seed gives no interval."""
    gaps = _gaps(rows, base)
    if not gaps:
        return replace(finding, evidence="no seed in common with the baseline")
    tested = _tested_by_seeds(rows, base, report)
    if tested is None:
        reason = "one seed and no predictions: no interval"
        return replace(finding, difference=gaps[0], evidence=reason)
    return replace(finding, **vars(tested))


def _tested_by_seeds(rows: Rows, base: Rows, report: Report) -> Tested | None:
    gaps = _gaps(rows, base)
    interval = mean_interval(gaps, report.confidence, report.resamples)
    if interval is None:
        return None
    bounds = interval.estimate, interval.low, interval.high
    p_value = paired_seed_test(gaps) if len(gaps) <= MOST_PAIRS else mean_test(gaps)
    return Tested(*bounds, p_value, f"{len(gaps)} seeds")


def _gaps(rows: Rows, base: Rows) -> list[float]:
    values, others = _values(rows), _values(base)
    return [values[seed] - others[seed] for seed in sorted(values.keys() & others.keys())]


def _values(rows: Rows) -> dict[Seed, float]:
    return {seed: _value(row.score) for seed, row in rows.items() if row.score.value is not None}


def _judge(findings: Sequence[Finding], report: Report) -> list[Finding]:
    """Correct p over the languages of each question, then set the verdicts."""
    families: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, finding in enumerate(findings):
        if finding.p_value is not None:
            criterion = replace(finding.criterion, run="", language="")
            families[(*vars(criterion).values(), finding.initialization)].append(index)
    result = list(findings)
    for indices in families.values():
        corrected = holm([findings[i].p_value or 0.0 for i in indices])
        for index, p in zip(indices, corrected, strict=True):
            result[index] = replace(findings[index], p_corrected=p)
    return [replace(f, verdict=_verdict(f, report)) for f in result]


def _verdict(finding: Finding, report: Report) -> Verdict:
    if finding.verdict in ("baseline", "missing") or finding.low is None:
        return finding.verdict
    p = finding.p_corrected
    if not finding.excludes_zero:
        return "unclear"
    if p is not None and p > 1 - report.confidence:
        return "doubtful"
    if finding.criterion.better == "none":
        return "different"
    return "better" if (finding.low > 0) == (finding.criterion.better == "up") else "worse"
