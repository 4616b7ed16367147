"""The headline scores of one model with several vocabularies, where each run ends.

They are the scores of the tables, before or after training, without equal budgets. Bits per byte
are not among them, because they need the rows of their own vocabulary and an equal budget
(`vocabulary_arms`).
"""

from collections.abc import Iterator, Mapping, Sequence

from lingraft.evaluation.tasks.language_model import BITS_PER_BYTE
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.vocabularies import runs_by_text
from lingraft.reporting.findings.cells import Cells, Rows
from lingraft.reporting.findings.comparing import against_baseline, judge, summary_of
from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.stages.references import keeps_vocabulary
from lingraft.stages.trainings import language_model_steps


def vocabulary_scores(config: Config, cells: Cells) -> dict[tuple[str, ...], list[Finding]]:
    """Each arm against the first one that keeps the model's own vocabulary.

    Args:
        config: the experiment.
        cells: the scores with their examples.

    Returns:
        The findings by the runs of one model and text; their `initialization` is run and
        initialization. Nothing for runs of which none keeps the vocabulary.
    """
    found = {}
    for runs in runs_by_text(config, trained=False).values():
        kept = next((run for run in runs if keeps_vocabulary(config, run)), None)
        if kept is not None:
            together = [one for each in _questions(config, cells, kept) for one in
                        _compared(config, cells, each, kept, runs)]  # fmt: skip
            found[tuple(runs)] = judge(together, config.report)
    return {runs: own for runs, own in found.items() if own}


def _questions(config: Config, cells: Cells, kept: str) -> Iterator[Criterion]:
    """What the run that keeps is measured by at its end."""
    last = language_model_steps(config, kept)[-1]
    metrics = set(config.report.headline) - {BITS_PER_BYTE}
    for criterion in cells.by_criterion:
        if (criterion.run, criterion.step) == (kept, last) and criterion.metric in metrics:
            yield criterion


def _compared(
    config: Config, cells: Cells, asked: Criterion, kept: str, runs: Sequence[str]
) -> Iterator[Finding]:
    names = config.runs[kept].initializations
    baseline = config.report.baseline
    first = _name(kept, baseline if baseline in names else names[0])
    rows = dict(_rows(config, cells, asked, runs))
    if first not in rows:
        return
    findings = {
        name: summary_of(asked, name, own, list({seed for seed, _ in own}), cells.predictions)
        for name, own in rows.items()
    }
    report = config.report.model_copy(update={"baseline": first})
    if findings[first].mean is not None:
        found: Mapping[str, Finding] = against_baseline(report, findings, rows, cells.predictions)
        others = [one for name, one in found.items() if name != first]
        yield from (found[first], *others)


def _rows(
    config: Config, cells: Cells, asked: Criterion, runs: Sequence[str]
) -> Iterator[tuple[str, Rows]]:
    """The scores of every arm by the same criterion at the end of its own run."""
    for run in runs:
        last = language_model_steps(config, run)[-1]
        same = Criterion(**{**vars(asked), "run": run, "step": last})
        for name, own in cells.by_criterion.get(same, {}).items():
            yield _name(run, name), own


def _name(run: str, initialization: str) -> str:
    return f"{run}, {initialization}"
