"""Compare the initializations of every run, metric by metric and language by language."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tqdm import tqdm

from lingraft.config.experiment import Config
from lingraft.config.report import Report
from lingraft.evaluation.results import MODEL, Score
from lingraft.plan import Step, Training
from lingraft.reporting.collection import Collection, Measured
from lingraft.reporting.evidence import Evidence, Group, Records, evidence, pair, read_groups
from lingraft.reporting.findings import Finding, Place, Trivial, Verdict, order
from lingraft.reporting.languages import group_means
from lingraft.reporting.statistics import (
    Comparison,
    compare_all,
    holm,
    mean_interval,
    paired_seed_test,
    summarize,
)

# By the seed of the training and that of the task: fine-tuning a model six times counts as six.
Seed = tuple[int, int]
Rows = Mapping[Seed, Measured]


def find(config: Config, collection: Collection) -> list[Finding]:
    """All findings of an experiment, in the configuration's order; groups after languages."""
    predictions = _Predictions(collection)
    found: list[Finding] = []
    cells = _cells(collection)
    for place, cell in tqdm(cells.items(), desc="comparing", disable=None, leave=False):
        found += _compare_cell(config, place, cell, predictions)
    found += group_means(found, config.report)
    return sorted(_judge(found, config.report), key=lambda finding: order(config, finding))


def compare_two(
    config: Config, collection: Collection, place: Place, first: str, second: str
) -> Comparison | None:
    """Compare two initializations of a run directly, or None where their examples cannot tell."""
    cell = _cells(collection).get(place, {})
    pair_of_rows = {name: cell[name] for name in (first, second) if name in cell}
    report = config.report.model_copy(update={"baseline": second})
    return _compare_examples(report, pair_of_rows, _Predictions(collection)).get(first)


def trivial_baselines(collection: Collection) -> dict[Trivial, float]:
    """The score of every system that is no model."""
    values: dict[Trivial, float] = {}
    for row in collection.scores:
        score = row.score
        if score.system != MODEL and score.value is not None:
            place = (row.training.run, score.language, row.task)
            values.setdefault((*place, score.metric, score.setting, score.system), score.value)
    return values


def _cells(collection: Collection) -> dict[Place, dict[str, dict[Seed, Measured]]]:
    cells: dict[Place, dict[str, dict[Seed, Measured]]] = {}
    for row in collection.scores:
        if row.score.system == MODEL:
            by_name = cells.setdefault(Place.of(row), {})
            rows = by_name.setdefault(row.training.initialization, {})
            rows[row.training.seed, row.score.seed] = row
    return cells


class _Predictions:
    """Predictions are read once, when the first metric asks for them."""

    def __init__(self, collection: Collection) -> None:
        self._paths = collection.predictions
        self._read: dict[tuple[Training, Step, str], Mapping[Group, Records]] = {}

    def of(self, row: Measured) -> Evidence | None:
        """Evidence behind a score, or None where predictions are absent or belie the score."""
        key, score = (row.training, row.step, row.task), row.score
        if key not in self._paths or score.value is None:
            return None
        if key not in self._read:
            self._read[key] = read_groups(self._paths[key])
        groups, group = self._read[key], (score.language, score.setting)
        records = groups.get((*group, score.seed), groups.get((*group, None)))
        found = evidence(score.metric, records)
        if found is None or abs(found.score - score.value) > 1e-6 * max(1.0, abs(score.value)):
            return None
        return found


def _compare_cell(
    config: Config, place: Place, cell: Mapping[str, Rows], predictions: _Predictions
) -> list[Finding]:
    run = config.runs[place.run]
    findings = {
        name: _summary(place, name, cell.get(name, {}), run.seeds) for name in run.initializations
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
            findings[name] = _with_comparison(finding, compared[name])
        else:
            findings[name] = _compare_seeds(finding, cell[name], cell[baseline], config.report)
    findings[baseline] = replace(findings[baseline], verdict="baseline")
    return list(findings.values())


def _summary(place: Place, name: str, rows: Rows, seeds: Sequence[int]) -> Finding:
    known = [row.score for row in rows.values() if row.score.value is not None]
    trained = {seed for (seed, _), row in rows.items() if row.score.value is not None}
    empty = Finding(place, name, missing_seeds=len(seeds) - len(trained))
    if not known:
        notes = {row.score.note for row in rows.values() if row.score.note}
        return replace(empty, verdict="missing", evidence="; ".join(sorted(notes)) or "no result")
    summary = summarize([_value(score) for score in known])
    items = max(score.n for score in known)
    return replace(empty, mean=summary.mean, sd=summary.sd, seeds=summary.n, items=items)


def _value(score: Score) -> float:
    assert score.value is not None  # noqa: S101 (for the type checker: callers have filtered)
    return score.value


def _compare_examples(
    report: Report, cell: Mapping[str, Rows], predictions: _Predictions
) -> dict[str, Comparison]:
    """Comparisons over examples; initializations that share their seeds share the resampling."""
    known = {name: _evidence_by_seed(rows, predictions) for name, rows in cell.items()}
    base = known.pop(report.baseline, {})
    together: dict[tuple[Seed, ...], list[str]] = defaultdict(list)
    for name, by_seed in known.items():
        together[tuple(sorted(by_seed.keys() & base.keys()))].append(name)
    result: dict[str, Comparison] = {}
    for seeds, names in together.items():
        same = {name: [known[name][seed] for seed in seeds] for name in names}
        result |= _compare_systems(report, same, [base[seed] for seed in seeds])
    return result


def _evidence_by_seed(rows: Rows, predictions: _Predictions) -> dict[Seed, Evidence]:
    found = {seed: predictions.of(row) for seed, row in rows.items()}
    return {seed: evidence for seed, evidence in found.items() if evidence is not None}


def _compare_systems(
    report: Report, systems: Mapping[str, Sequence[Evidence]], base: Sequence[Evidence]
) -> dict[str, Comparison]:
    """Compare those systems that saw exactly the examples that the baseline saw."""
    baseline = pair(base) if base else None
    if baseline is None:
        return {}
    usable = {report.baseline: baseline}
    for name, cells in systems.items():
        examples = pair(cells) if cells[0].ids == base[0].ids else None
        if examples is not None:
            usable[name] = examples
    return compare_all(usable, report.baseline, report.confidence, report.resamples)


def _with_comparison(finding: Finding, found: Comparison) -> Finding:
    seeds = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    return replace(
        finding,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        detectable=found.detectable,
        evidence=f"{found.examples} examples and {seeds}",
    )


def _compare_seeds(finding: Finding, rows: Rows, base: Rows, report: Report) -> Finding:
    """Without predictions only seeds are left; with one of them there is no interval at all."""
    values, others = _values(rows), _values(base)
    gaps = [values[seed] - others[seed] for seed in sorted(values.keys() & others.keys())]
    if not gaps:
        return replace(finding, evidence="no seed in common with the baseline")
    interval = mean_interval(gaps, report.confidence, report.resamples)
    if interval is None:
        reason = "one seed and no predictions: no interval"
        return replace(finding, difference=gaps[0], evidence=reason)
    return replace(
        finding,
        difference=interval.estimate,
        low=interval.low,
        high=interval.high,
        p_value=paired_seed_test(gaps) if len(gaps) <= 20 else None,
        evidence=f"{len(gaps)} seeds",
    )


def _values(rows: Rows) -> dict[Seed, float]:
    return {seed: _value(row.score) for seed, row in rows.items() if row.score.value is not None}


def _judge(findings: Sequence[Finding], report: Report) -> list[Finding]:
    """Correct p over the languages of each question, then say what an interval allows to say."""
    families: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, finding in enumerate(findings):
        if finding.p_value is not None:
            place = replace(finding.place, run="", language="")
            families[(*vars(place).values(), finding.initialization)].append(index)
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
    if not finding.excludes_zero or (p is not None and p > 1 - report.confidence):
        return "unclear"
    if finding.place.better == "none":
        return "different"
    return "better" if (finding.low > 0) == (finding.place.better == "up") else "worse"
