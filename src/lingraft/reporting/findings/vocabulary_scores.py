"""The headline scores of one model with several vocabularies, where each run ends.

They are the scores of the tables, before or after training, without equal budgets. Where a run
trains some of its initializations, the others are not among its ends. Bits per byte
are not among them, because they need the rows of their own vocabulary and an equal budget
(`vocabulary_arms`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lingraft.evaluation.tasks.language_model import BITS_PER_BYTE
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.vocabularies import runs_by_text
from lingraft.reporting.findings.cells import Cells, Rows
from lingraft.reporting.findings.comparing import against_baseline, judge, summary_of
from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.reporting.statistics import SeedNoise
from lingraft.stages.references import keeps_vocabulary
from lingraft.stages.trainings import initializations_with, last_step


@dataclass(frozen=True)
class VocabularyScores:
    """The scores of the runs of one model and text.

    Attributes:
        findings: their `initialization` is run and initialization.
        against: what each arm with another vocabulary is compared with, by its name.
    """

    findings: Sequence[Finding]
    against: Mapping[str, str]


def vocabulary_scores(config: Config, cells: Cells) -> dict[tuple[str, ...], VocabularyScores]:
    """Each arm against the one that keeps the model's own vocabulary.

    That is the one with the same initialization, or else the first one.

    Args:
        config: the experiment.
        cells: the scores with their examples.

    Returns:
        The scores by the runs of one model and text; nothing for runs of which none keeps the
        vocabulary.
    """
    found = {}
    for runs in runs_by_text(config, trained=False).values():
        kept = next((run for run in runs if keeps_vocabulary(config, run)), None)
        if kept is None:
            continue
        against = _against(config, kept, runs)
        together = [
            one
            for asked in _questions(config, cells, kept)
            for one in _compared(config, cells, asked, runs, against)
        ]
        if together:
            found[tuple(runs)] = VocabularyScores(judge(together, config.report), against)
    return found


def _against(config: Config, kept: str, runs: Sequence[str]) -> dict[str, str]:
    names, baseline = _at_the_end(config, kept), config.report.baseline
    first = baseline if baseline in names else names[0]
    tokenizer = config.runs[kept].tokenizer
    return {
        _name(run, name): _name(kept, name if name in names else first)
        for run in runs
        if config.runs[run].tokenizer != tokenizer
        for name in _at_the_end(config, run)
    }


def _at_the_end(config: Config, run: str) -> list[str]:
    return initializations_with(config, run, last_step(config, run))


def _questions(config: Config, cells: Cells, kept: str) -> Iterator[Criterion]:
    """What the run that keeps is measured by at its end."""
    last = last_step(config, kept)
    metrics = set(config.report.headline) - {BITS_PER_BYTE}
    for criterion in cells.by_criterion:
        if (criterion.run, criterion.step) == (kept, last) and criterion.metric in metrics:
            yield criterion


def _compared(
    config: Config, cells: Cells, asked: Criterion, runs: Sequence[str], against: Mapping[str, str]
) -> Iterator[Finding]:
    measured = {name: (end, own) for name, end, own in _measured(config, cells, asked, runs)}
    rows = {name: own for name, (_, own) in measured.items()}
    findings = {
        name: summary_of(asked, name, own, list({seed for seed, _ in own}), cells.predictions)
        for name, own in rows.items()
    }
    for name, finding in findings.items():
        base = against.get(name)
        if base is None:
            yield replace(finding, verdict="baseline")
        elif base in rows and findings[base].mean is not None:
            report = config.report.model_copy(update={"baseline": base})
            pair = {name: finding, base: findings[base]}
            both = {one: rows[one] for one in pair}
            noise = _noise(cells, [measured[one][0] for one in pair])
            yield against_baseline(report, pair, both, cells.predictions, noise)[name]


def _noise(cells: Cells, ends: Sequence[Criterion]) -> SeedNoise | None:
    """The variation between seeds in the states where two arms end: the larger one of two states,
    and none where that of a state is not known."""
    found = [cells.noise(criterion) for criterion in ends]
    known = [noise for noise in found if noise is not None]
    return max(known, key=lambda noise: noise.variance) if len(known) == len(found) else None


def _measured(
    config: Config, cells: Cells, asked: Criterion, runs: Sequence[str]
) -> Iterator[tuple[str, Criterion, Rows]]:
    """Every arm, the same criterion at the end of its own run, and its scores by that."""
    for run in runs:
        last = last_step(config, run)
        same = Criterion(**{**vars(asked), "run": run, "step": last})
        for name, own in cells.by_criterion.get(same, {}).items():
            yield _name(run, name), same, own


def _name(run: str, initialization: str) -> str:
    return f"{run}, {initialization}"
