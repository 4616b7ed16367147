"""The tables of diagnostics: what explains a model's scores, apart from the results."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from lingraft.evaluation.tasks import TASKS, metric_of, title_of
from lingraft.evaluation.tasks.limit import FREE_VECTORS
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.finding import ALL, Finding, Question
from lingraft.reporting.findings.wording import metric_name, short_step
from lingraft.reporting.tables.results import ARROWS, shown_places
from lingraft.reporting.tables.table import INITIALIZATION, STEP, Column, Table
from lingraft.stages.trainings import all_steps


def diagnostic_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Those of tasks that explain other scores, without metrics that nothing was measured on."""
    own = [
        f for f in findings if f.criterion.task in TASKS and TASKS[f.criterion.task].is_diagnostic
    ]
    measured = {_column(f) for f in own if f.mean is not None}
    return [finding for finding in own if _column(finding) in measured]


def diagnostic_tables(config: Config, findings: Sequence[Finding], most: int) -> list[Table]:
    """A table for each run and language, and for the means of a run: models by metrics.

    Args:
        config: the experiment.
        findings: the diagnostics among them are shown.
        most: with more tables than that, only the means are shown.
    """
    by_place: dict[tuple[str, str], list[Finding]] = {}
    for finding in diagnostic_findings(findings):
        place = finding.criterion.run, finding.criterion.language
        by_place.setdefault(place, []).append(finding)
    return [_diagnostics(config, *place, by_place[place]) for place in shown_places(by_place, most)]


def meanings(findings: Sequence[Finding]) -> str:
    """What each metric of the diagnostics is, in one sentence; empty without any."""
    asked = _asked(diagnostic_findings(findings))
    said = dict.fromkeys(f"{metric_name(q.metric)}: {_about(q)}" for q in asked if _about(q))
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def free_vectors_table(collection: Collected) -> Table:
    """How many documents of LIMIT free vectors tell apart, for each number of dimensions."""
    found = {
        row.score.setting: row.score.value
        for row in collection.scores
        if row.score.system == FREE_VECTORS
    }
    columns = [
        Column("dimensions", "Free vectors of"),
        Column("documents", "Documents", "integer", hint="whose pairs are all told apart"),
    ]
    rows = [{"dimensions": name, "documents": value} for name, value in found.items()]
    note = (
        "No model takes part: vectors of queries and documents are fitted freely, and the number "
        "says how many documents so few dimensions tell apart in practice."
    )
    return Table("free-vectors", "LIMIT with free vectors", columns, rows, note)


def _diagnostics(config: Config, run: str, language: str, findings: Sequence[Finding]) -> Table:
    asked = _asked(findings)
    columns = [INITIALIZATION, STEP]
    columns += [
        Column(str(i), _label(q), "finding", title_of(q.task), f"{_about(q)} ({q.protocol})")
        for i, q in enumerate(asked)
    ]
    answers: dict[tuple[str, str], dict[str, Any]] = {}
    for finding in findings:
        key = finding.initialization, finding.criterion.step
        answers.setdefault(key, {})[str(asked.index(_column(finding)))] = finding
    rows = [
        {"initialization": name, "step": short_step(step)} | answers[name, step]
        for name in config.runs[run].initializations
        for step in all_steps(config)
        if (name, step) in answers
    ]
    where = language if language != ALL else "mean over languages"
    name = f"diagnostics-{run}-{language.replace(' ', '-')}"
    return Table(name, f"{run}: {where}, diagnostics", columns, rows)


def _asked(findings: Iterable[Finding]) -> list[Question]:
    """The columns, in the order in which the tasks declare their metrics."""
    return sorted(dict.fromkeys(map(_column, findings)), key=_declared)


def _declared(question: Question) -> tuple[int, int, int, str]:
    metric, _, cutoff = question.metric.partition("@")
    metrics = list(TASKS[question.task].metrics)
    place = list(TASKS).index(question.task), metrics.index(metric)
    return *place, int(cutoff or 0), question.setting


def _column(finding: Finding) -> Question:
    """What a column asks: a metric at any step."""
    return replace(Question.of(finding.criterion), step="")


def _label(question: Question) -> str:
    where = f" ({question.setting})" if question.setting else ""
    return f"{metric_name(question.metric)}{where} {ARROWS[question.better]}".strip()


def _about(question: Question) -> str:
    known = metric_of(question.task, question.metric)
    return known.about if known else ""
