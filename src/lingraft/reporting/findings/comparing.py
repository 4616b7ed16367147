"""Compare the initializations of every run, metric by metric and language by language."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tqdm import tqdm

from lingraft.config.report import Report
from lingraft.evaluation.outcome import MODEL, TOO_FEW_BITS
from lingraft.evaluation.tasks.language_model import ELSEWHERE, SOURCE
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.cells import (
    Cells,
    Predictions,
    Rows,
    Tested,
    basis,
    compare_examples,
    compare_seeds,
    seed_gaps,
    values_by_seed,
)
from lingraft.reporting.findings.finding import (
    ALL,
    Criterion,
    Finding,
    TrivialScore,
    Verdict,
    order,
)
from lingraft.reporting.findings.language_means import group_means
from lingraft.reporting.findings.vocabularies import means_over_languages
from lingraft.reporting.statistics import Comparison, SeedNoise, holm, summarize
from lingraft.stages.references import translated_corpora
from lingraft.stages.trainings import initializations_with, seeds_with


def find(config: Config, cells: Cells) -> list[Finding]:
    """All findings of an experiment, in the order of the configuration; groups after languages."""
    found: list[Finding] = []
    for criterion, cell in tqdm(
        cells.by_criterion.items(), desc="comparing", disable=None, leave=False
    ):
        found += _compare_cell(config, criterion, cell, cells)
    found += group_means(found, config.report)
    return sorted(judge(found, config.report), key=lambda finding: order(config, finding))


def trivial_baselines(config: Config, collection: Collected) -> dict[TrivialScore, float]:
    """The score of every system that is not a model: chance, majority class, aligned words."""
    values: dict[TrivialScore, float] = {}
    for row in collection.scores:
        score = row.score
        if score.system != MODEL and score.value is not None:
            values.setdefault(TrivialScore.of(Criterion.of(row), score.system), score.value)
    return values | means_over_languages(values) | dict(_aligned_words(config, collection))


def _aligned_words(config: Config, collection: Collected) -> Iterator[tuple[TrivialScore, float]]:
    """The scores of a run's alignments on the items that its models are measured on."""
    for (alignment, own), result in collection.alignment_results.items():
        reference = config.evaluation.chosen()[own]
        measured = set(translated_corpora(config, alignment))
        beside = [
            (run, task)
            for run, block in config.runs.items()
            if alignment in block.alignments and measured <= set(block.corpora)
            for task, other in config.evaluation.chosen().items()
            if reference.is_reference_of(other)
        ]
        for score in result.scores:
            if score.system == MODEL and score.value is not None:
                what = (score.metric, score.setting, f"aligned words, {alignment}")
                for run, task in beside:
                    yield TrivialScore(run, score.language, task, *what), score.value


def chance_level(config: Config, finding: Finding) -> float | None:
    """What guessing scores: the right one of n sentences is within the first k with k / n.

    Args:
        config: the experiment.
        finding: a score in one language, with its number of items.

    Returns:
        The score; None for other metrics than accuracy@k of retrieval, and for means.
    """
    metric, _, k = finding.criterion.metric.partition("@")
    is_search = isinstance(config.evaluation.task(finding.criterion.task), Retrieval)
    is_ranked = metric == "accuracy" and k.isdigit() and finding.items > 0
    if not is_search or not is_ranked or finding.criterion.language == ALL:
        return None
    return min(1.0, int(k) / finding.items)


def _compare_cell(
    config: Config, criterion: Criterion, cell: Mapping[str, Rows], cells: Cells
) -> list[Finding]:
    predictions, noise = cells.predictions, cells.noise(criterion)
    names = initializations_with(config, criterion.run, criterion.step)
    seeds = {name: seeds_with(config, criterion.run, name, criterion.step) for name in names}
    findings = {
        name: summary_of(criterion, name, cell.get(name, {}), seeds[name], predictions)
        for name in names
    }
    if criterion.metric == ELSEWHERE:
        sources = cells.of_source.get(criterion, {})
        return [
            _against_source(config.report, f, cell.get(f.initialization, {}), sources, predictions)
            for f in findings.values()
        ]
    baseline = config.report.baseline
    if baseline not in findings or findings[baseline].mean is None:
        reason = without_baseline(config, criterion)
        return [replace(f, evidence=f.evidence or reason) for f in findings.values()]
    return list(against_baseline(config.report, findings, cell, predictions, noise).values())


def without_baseline(config: Config, criterion: Criterion) -> str:
    """Why nothing is compared with the baseline where it has no score."""
    baseline, run = config.report.baseline, criterion.run
    is_in_run = baseline in config.runs[run].initializations
    if is_in_run and baseline not in initializations_with(config, run, criterion.step):
        return f"the baseline {baseline} has no model in this state"
    return f"the baseline {baseline} has no score here"


def _against_source(
    report: Report,
    finding: Finding,
    rows: Rows,
    sources: Mapping[str, Rows],
    predictions: Predictions,
) -> Finding:
    """What a model has forgotten: its difference from the source model on the same documents."""
    own = sources.get(finding.initialization)
    if own is None or finding.mean is None:
        return replace(finding, evidence=finding.evidence or "the source model has no score here")
    against = report.model_copy(update={"baseline": SOURCE})
    both = {finding.initialization: finding, SOURCE: Finding(finding.criterion, SOURCE)}
    cell = {finding.initialization: rows, SOURCE: own}
    found = against_baseline(against, both, cell, predictions)[finding.initialization]
    notes = {row.score.note for row in own.values() if TOO_FEW_BITS in row.score.note}
    if notes and found.difference is not None and found.difference > 0:
        # Worse than a number that is too low shows nothing; better than it would be shown.
        reason = f"no difference from the source model: {min(notes)}"
        return replace(finding, evidence=reason)
    return replace(found, evidence=f"{found.evidence}, against the source model")


def against_baseline(
    report: Report,
    findings: Mapping[str, Finding],
    cell: Mapping[str, Rows],
    predictions: Predictions,
    noise: SeedNoise | None = None,
) -> dict[str, Finding]:
    """The findings with their differences from the baseline, over examples or else over seeds.

    Args:
        report: the baseline, confidence and resamples.
        findings: the scores by name; that of the baseline is known.
        cell: the rows behind them.
        predictions: where the examples come from.
        noise: as that of `compare_examples`.
    """
    found = dict(findings)
    baseline = report.baseline
    compared = compare_examples(report, cell, predictions, noise)
    for name, finding in findings.items():
        if name == baseline or finding.mean is None:
            continue
        if name in compared:
            tested = _with_test(finding, compared[name], basis(compared[name], finding.seeds))
            found[name] = replace(tested, detectable=compared[name].detectable)
        else:
            found[name] = _over_seeds(finding, cell[name], cell[baseline], report)
    found[baseline] = replace(found[baseline], verdict="baseline")
    return found


def summary_of(
    criterion: Criterion, name: str, rows: Rows, seeds: Sequence[int], predictions: Predictions
) -> Finding:
    """The score of one model as a finding that is not compared yet.

    Args:
        criterion: what was measured.
        name: what the model is called.
        rows: its scores.
        seeds: those that it was to be trained with.
        predictions: where the examples come from.
    """
    values = values_by_seed(rows)
    trained = {seed for seed, _ in values}
    empty = Finding(criterion, name, missing_seeds=len(seeds) - len(trained))
    if not values:
        notes = {row.score.note for row in rows.values() if row.score.note}
        return replace(empty, verdict="missing", evidence="; ".join(sorted(notes)) or "no result")
    summary = summarize(list(values.values()))
    items = max(rows[seed].score.n for seed in values)
    predicted = predictions.tokens(rows[next(iter(values))])
    sizes = replace(empty, seeds=summary.n, items=items, predicted=predicted)
    return replace(sizes, mean=summary.mean, sd=summary.sd)


def _with_test(finding: Finding, found: Comparison | Tested, evidence: str) -> Finding:
    return replace(
        finding,
        difference=found.difference,
        low=found.low,
        high=found.high,
        p_value=found.p_value,
        evidence=evidence,
    )


def _over_seeds(finding: Finding, rows: Rows, base: Rows, report: Report) -> Finding:
    """Compare over seeds, where predictions are missing; one seed gives no interval."""
    gaps = seed_gaps(rows, base)
    if not gaps:
        return replace(finding, evidence="no seed in common with the baseline")
    tested = compare_seeds(rows, base, report)
    if tested is None:
        reason = "one seed and no predictions: no interval"
        return replace(finding, difference=gaps[0], evidence=reason)
    return _with_test(finding, tested, tested.evidence)


def judge(findings: Sequence[Finding], report: Report) -> list[Finding]:
    """Correct p over the languages of each question, then set the verdicts."""
    families: dict[tuple[Criterion, str], list[int]] = defaultdict(list)
    for index, finding in enumerate(findings):
        if finding.p_value is not None:
            # The tests of a criterion in all languages are one family.
            families[finding.criterion.anywhere, finding.initialization].append(index)
    result = list(findings)
    for indices in families.values():
        corrected = holm([findings[i].p_value or 0.0 for i in indices])
        for index, p in zip(indices, corrected, strict=True):
            result[index] = replace(findings[index], p_corrected=p)
    return [replace(f, verdict=verdict_of(f, report)) for f in result]


def verdict_of(finding: Finding, report: Report) -> Verdict:
    """Better or worse than the baseline, or why not, from the interval and the corrected p."""
    if finding.verdict in ("baseline", "missing") or finding.low is None:
        return finding.verdict
    p = finding.p_corrected
    if not finding.excludes_zero:
        return "unclear"
    if p is not None and p > 1 - report.confidence:
        return "doubtful"
    if finding.criterion.better == "none":
        return "different"
    # Better if the sign of the difference is the metric's direction.
    return "better" if (finding.low > 0) == (finding.criterion.better == "up") else "worse"
