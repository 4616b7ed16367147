"""The figures of a study: groups of languages, the best other method, and the panels."""

from collections.abc import Mapping

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import PALETTE, Figure, Series, colors
from lingraft.reporting.figures.study_panels import (
    Answers,
    amount_panels,
    direction,
    language_panels,
)
from lingraft.reporting.findings.across_languages import StudyAnswer
from lingraft.reporting.findings.contrasts import Contrast
from lingraft.reporting.findings.finding import ALL
from lingraft.reporting.findings.studies import Study, groups_of
from lingraft.reporting.findings.wording import measure_name, short_step, slug


def study_figures(config: Config, study: Study, answers: Answers) -> list[Figure]:
    """Groups and best others for the metric that decides; the rest for one metric of each task.

    Args:
        config: the experiment.
        study: the languages and methods.
        answers: what it shows, in the order of the report.
    """
    by_task: dict[str, dict[tuple[str, str], list[StudyAnswer]]] = {}
    for answer in answers:
        metric = answer.question.metric, answer.question.setting
        by_task.setdefault(answer.question.task, {}).setdefault(metric, []).append(answer)
    measures = [next(iter(metrics.values())) for metrics in by_task.values()]
    found: list[Figure] = []
    for deciding in measures[:1]:
        found += [_groups(config, study, answer) for answer in deciding]
        found.append(_best_others(config, study, deciding))
    for draw in (language_panels, amount_panels):
        found += [draw(config, study, own) for own in measures]
    return found


def _groups(config: Config, study: Study, answer: StudyAnswer) -> Figure:
    """The leading method minus each other one, over all languages and by group."""
    palette = colors(config)
    groups = {ALL: study.languages, **groups_of(study, config.report)}
    rows = {group: f"{group} ({len(members)})" for group, members in groups.items()}
    series = [
        _intervals(
            f"minus {rivalry.other}",
            {rows[c.over]: c for c in (rivalry.mean, *rivalry.by_group)},
            palette[rivalry.other],
            marker,
        )
        for marker, rivalry in enumerate(answer.rivalries)
    ]
    measure, step = measure_name(answer.question), short_step(answer.question.step)
    said = "; ".join(f"{r.other} {r.mean.difference:+.3f}" for r in answer.rivalries)
    return Figure(
        name=f"study-{study.name}-groups-{slug(measure)}-{answer.question.step}",
        title=f"{measure}, {step}: {answer.leading} minus every other method {direction(answer)}",
        kind="intervals",
        x_label="mean difference",
        y_label="",
        series=series,
        alternative=f"Mean difference of {answer.leading} from each other method over "
        f"{ALL}: {said}; and by group of languages.",
        note=f"Bars are {config.report.confidence:.0%} intervals over languages; in brackets is "
        "the number of languages. Fewer than three have no interval.",
        vertical=0.0,
        row_order=list(rows.values()),
    )


def _best_others(config: Config, study: Study, answers: Answers) -> Figure:
    """The leading method minus the best other one of each language."""
    series = [
        _intervals(
            f"{answer.leading}, {short_step(answer.question.step)}",
            {contrast.over: contrast for contrast in answer.best_others[answer.leading]},
            PALETTE[marker],
            marker,
        )
        for marker, answer in enumerate(answers)
    ]
    measure = measure_name(answers[0].question)
    return Figure(
        name=f"study-{study.name}-best-other-{slug(measure)}",
        title=f"{measure}: minus the best other method of each language {direction(answers[0])}",
        kind="intervals",
        x_label="difference",
        y_label="",
        series=series,
        alternative=f"Difference in {measure} of the leading method from the best other one of "
        "each language; the numbers are in the table.",
        note=f"Bars are {config.report.confidence:.0%} intervals over test examples. The best "
        "other method is chosen after looking, so this is strict.",
        vertical=0.0,
    )


def _intervals(name: str, rows: Mapping[str, Contrast], color: str, marker: int) -> Series:
    x = [contrast.difference for contrast in rows.values()]
    low = [c.difference if c.low is None else c.low for c in rows.values()]
    high = [c.difference if c.high is None else c.high for c in rows.values()]
    return Series(name, x, [*rows], color, marker, low, high)
