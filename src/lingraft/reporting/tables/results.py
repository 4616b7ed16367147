"""The tables of results: one for each run and language, and all findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lingraft.evaluation.tasks.language_model import ELSEWHERE, SOURCE
from lingraft.experiment.configuration import Config
from lingraft.reporting.findings.comparing import chance_level
from lingraft.reporting.findings.finding import (
    ALL,
    Criterion,
    Finding,
    Question,
    TrivialScore,
    is_mean,
)
from lingraft.reporting.findings.leading import Standings
from lingraft.reporting.findings.vocabularies import above_references
from lingraft.reporting.findings.wording import measure_name, span, step_heading
from lingraft.reporting.tables.table import EMPTY, INITIALIZATION, Column, Kind, Table
from lingraft.stages.trainings import all_steps, initializations_with

ARROWS = {"up": "↑", "down": "↓", "none": ""}
_FORGETTING = (
    "Bits per byte elsewhere are of text that these models were not trained on; the difference and "
    "the mark there are against the untouched source model."
)
_FULL: tuple[tuple[str, Kind], ...] = (
    ("mean", "number"),
    ("sd", "number"),
    ("seeds", "integer"),
    ("missing_seeds", "integer"),
    ("items", "integer"),
    ("difference", "number"),
    ("low", "number"),
    ("high", "number"),
    ("p_value", "number"),
    ("p_corrected", "number"),
    ("detectable", "number"),
    ("verdict", "text"),
    ("evidence", "text"),
)


def headline_tables(
    config: Config,
    standings: Standings,
    trivial: Mapping[TrivialScore, float],
    most: int,
    said: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> list[Table]:
    """One table for each run and language, and for the means over the languages of a run.

    What a run is measured on and never trained on is a column of each of its tables.

    Args:
        config: the experiment.
        standings: the findings and who leads.
        trivial: scores of systems that are not models.
        most: with more tables than that, only the means are shown.
        said: remarks on the numbers of a run and language.
    """
    by_criterion: dict[tuple[str, str], list[Criterion]] = {}
    elsewhere: dict[str, list[Criterion]] = {}
    for criterion in standings.criteria:
        if criterion.metric == ELSEWHERE:
            elsewhere.setdefault(criterion.run, []).append(criterion)
        elif criterion.metric in config.report.headline:
            by_criterion.setdefault((criterion.run, criterion.language), []).append(criterion)
    tables = []
    for run, language in shown_places(by_criterion, most):
        criteria = [*by_criterion[run, language], *elsewhere.get(run, ())]
        findings = [f for criterion in criteria for f in standings.all(criterion)]
        places = dict.fromkeys((run, criterion.language) for criterion in criteria)
        notes = dict.fromkeys(note for place in places for note in (said or {}).get(place, ()))
        tables.append(_headline(config, run, language, findings, trivial, list(notes)))
    return tables


def shown_places(places: Iterable[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """The runs and languages that get a table; if there are more than `most`, the means alone."""
    shown = list(places)
    return shown if len(shown) <= most else [key for key in shown if key[1] == ALL][:most]


def results_table(findings: Iterable[Finding]) -> Table:
    """Every finding in full, one a row; all other tables of results are extracts of it."""
    names = ("run", "language", "step", "task", "protocol", "metric", "setting", "split", "better")
    columns = [Column(name, name) for name in names]
    columns.append(Column("initialization", "initialization"))
    columns += [Column(name, name.replace("_", " "), kind) for name, kind in _FULL]
    rows = [
        {**vars(f.criterion), "initialization": f.initialization}
        | {name: getattr(f, name) for name, _ in _FULL}
        for f in findings
    ]
    note = "Differences are from the baseline; the last column says what each interval comes from."
    return Table("results", "All results", columns, rows, note, folded=True)


def questions(config: Config, findings: Iterable[Finding]) -> list[Question]:
    """The columns of a headline table: by step, then by metric as configured."""
    asked = dict.fromkeys(Question.of(finding.criterion) for finding in findings)
    steps, order = all_steps(config), [*config.report.headline, ELSEWHERE]

    def place(q: Question) -> tuple[object, ...]:
        return steps.index(q.step), order.index(q.metric), q.task, q.protocol, q.setting

    return sorted(asked, key=place)


def label(question: Question, among: Iterable[Question]) -> str:
    """The metric with its direction, and its protocol if several columns have this metric."""
    own = (question.step, question.task, question.metric)
    likes = [q for q in among if (q.step, q.task, q.metric) == own]
    is_named = len(likes) > 1 or question.metric == ELSEWHERE
    extra = f" ({question.setting or question.protocol})" if is_named else ""
    return f"{measure_name(question)}{extra} {ARROWS.get(question.better, '')}".strip()


def _headline(
    config: Config,
    run: str,
    language: str,
    findings: Sequence[Finding],
    trivial: Mapping[TrivialScore, float],
    notes: Sequence[str],
) -> Table:
    asked = questions(config, findings)
    columns = [INITIALIZATION]
    columns += [
        Column(str(i), label(q, asked), "finding", step_heading(q.step), q.protocol)
        for i, q in enumerate(asked)
    ]
    answers = {(f.initialization, Question.of(f.criterion)): f for f in findings}
    having = {q.step: initializations_with(config, run, q.step) for q in asked}
    rows: list[dict[str, Any]] = [
        {"initialization": name}
        | {str(i): answers.get((name, q)) for i, q in enumerate(asked)}
        | {str(i): EMPTY for i, q in enumerate(asked) if name not in having[q.step]}
        for name in config.runs[run].initializations
    ]
    rows += _trivial_rows(config, run, language, asked, findings, trivial)
    title = f"{run}: {language}" if language != ALL else f"{run}: mean over languages"
    name = f"headline-{run}-{language.replace(' ', '-')}"
    sizes = _sizes(config, asked, answers.values())
    about = [sizes, *(f"{note[:1].upper()}{note[1:]}." for note in notes)]
    if any(q.metric == ELSEWHERE for q in asked):
        about.append(_FORGETTING)
    warnings = tuple(above_references(findings, trivial))
    return Table(name, title, columns, rows, " ".join(filter(None, about)), warnings)


def _sizes(config: Config, asked: Sequence[Question], findings: Iterable[Finding]) -> str:
    """How many items each metric was measured on: `accuracy@1: 29 items`."""
    known = [f for f in findings if f.mean is not None]
    said: dict[str, None] = {}
    for question in asked:
        own = [f for f in known if Question.of(f.criterion) == question]
        if own:
            corpus = f" ({question.setting})" if question.metric == ELSEWHERE else ""
            said[f"{measure_name(question)}{corpus}: {_size(config, own)}"] = None
    return f"Measured on: {'; '.join(said)}." if said else ""


def _size(config: Config, findings: Sequence[Finding]) -> str:
    items = sorted({f.items for f in findings})
    what = "language" if is_mean(findings[0].criterion, config.report) else "test item"
    what = what if items == [1] else f"{what}s"
    counts = span(f"{items[0]:,}", f"{items[-1]:,}")
    predicted = max(f.predicted for f in findings)
    return f"{counts} {what}" + (f", {predicted:,} predicted tokens" if predicted else "")


def _chance(config: Config, findings: Sequence[Finding]) -> dict[TrivialScore, float]:
    values: dict[TrivialScore, float] = {}
    for f in findings:
        level = chance_level(config, f)
        if level is not None:
            values[TrivialScore.of(f.criterion, "chance")] = level
    return values


def _trivial_rows(
    config: Config,
    run: str,
    language: str,
    asked: Sequence[Question],
    findings: Sequence[Finding],
    trivial: Mapping[TrivialScore, float],
) -> list[dict[str, Any]]:
    """Rows of other systems below the initializations: what any score must beat, and the source."""
    criteria = {Question.of(f.criterion): f.criterion for f in findings}
    trivial = {**trivial, **_chance(config, findings)}
    systems = {key.system for key in trivial if (key.run, key.language) == (run, language)}
    rows = []
    for system in sorted(systems):
        name = f"{SOURCE}, untouched" if system == SOURCE else f"no model: {system}"
        row: dict[str, Any] = {"initialization": name}
        for i, q in enumerate(asked):
            value = trivial.get(TrivialScore.of(criteria[q], system))
            if value is not None:
                note = "a trivial system, for comparison"
                row[str(i)] = Finding(criteria[q], system, mean=value, evidence=note)
        if len(row) > 1:
            rows.append(row)
    return rows
