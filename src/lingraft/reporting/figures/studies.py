"""The figures of a study: groups, the best other method, small multiples, amounts of text."""

import math
from collections.abc import Collection, Mapping, Sequence

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import GRAY, PALETTE, Figure, Panel, Series, colors
from lingraft.reporting.findings.across_languages import StudyAnswer
from lingraft.reporting.findings.contrasts import Contrast
from lingraft.reporting.findings.finding import ALL, Finding
from lingraft.reporting.findings.studies import Study, StudyLanguage, groups_of
from lingraft.reporting.findings.wording import SHORT_STEPS, measure_name

Answers = Sequence[StudyAnswer]  # of one metric, step by step

_MOST_PANELS = 30
_SHIFT = 0.05  # between two methods of a panel, in steps of the x axis
_AMOUNTS = {"text_bytes": "bytes of training text", "pairs": "sentence pairs"}


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
    for draw in (_multiples, _by_amount):
        found += [draw(config, study, own) for own in measures]
    return found


def _multiples(config: Config, study: Study, answers: Answers) -> Figure:
    """A panel for each language: every method minus the baseline, from step 0 to the end."""
    palette, baseline = colors(config), config.report.baseline
    shown = study.languages[:_MOST_PANELS]
    ticks = {SHORT_STEPS[answer.question.step]: float(i) for i, answer in enumerate(answers)}
    panels = [Panel(language.run, ticks, margin=0.25) for language in shown]
    series: list[Series] = []
    for index, language in enumerate(shown):
        for marker, name in enumerate(study.methods):
            # Methods stand beside each other, so that their intervals do not hide one another.
            shift = _SHIFT * (marker - (len(study.methods) - 1) / 2)
            found = {
                (step, x + shift): finding
                for (step, x), answer in zip(ticks.items(), answers, strict=True)
                if (finding := answer.by_language.get(language.run, {}).get(name))
            }
            series += _differences(name, found, palette[name], index, marker)
        series.append(_zero(baseline, index, panels[index]))
    measure = measure_name(answers[0].question)
    more = len(study.languages) - len(shown)
    return Figure(
        name=f"study-{study.model}-{_slug(measure)}",
        title=f"{measure} against {baseline} in each language ({_better(answers[0])} is better)",
        kind="panels",
        x_label="",
        y_label="",
        series=series,
        alternative=f"Difference in {measure} from {baseline} at step 0 and at the end, a panel "
        f"for each of {len(shown)} languages; the numbers are in the tables.",
        note=f"Bars are {config.report.confidence:.0%} intervals over test examples. The language "
        "with most text comes first."
        + (f" {more} languages with less text are left out." if more else ""),
        panels=panels,
    )


def _by_amount(config: Config, study: Study, answers: Answers) -> Figure:
    """The difference from the baseline against amount of text and number of pairs."""
    palette, baseline = colors(config), config.report.baseline
    panels: list[Panel] = []
    series: list[Series] = []
    for answer in answers:
        for amount, title in _AMOUNTS.items():
            logs = _logs(study.languages, amount)
            if not logs:
                continue
            ticks = _log_ticks(logs.values(), "B" if amount == "text_bytes" else "")
            panels.append(Panel(SHORT_STEPS[answer.question.step], ticks, logs, title))
            for marker, name in enumerate(study.methods):
                found = {
                    (run, x): finding
                    for run, x in logs.items()
                    if (finding := answer.by_language.get(run, {}).get(name))
                }
                index = len(panels) - 1
                series += _differences(name, found, palette[name], index, marker)
            series.append(_zero(baseline, len(panels) - 1, panels[-1]))
    measure = measure_name(answers[0].question)
    return Figure(
        name=f"study-{study.model}-amounts-{_slug(measure)}",
        title=f"{measure} against {baseline} by amount of text ({_better(answers[0])} is better)",
        kind="panels",
        x_label="",
        y_label="",
        series=series,
        alternative=f"Difference in {measure} from {baseline} by bytes of training text and by "
        "number of sentence pairs; the numbers are in the tables.",
        note="Amounts are on a logarithmic scale. A language without pairs is only in the panels "
        "of text.",
        panels=panels,
        panel_width=430,
    )


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
    measure, step = measure_name(answer.question), SHORT_STEPS[answer.question.step]
    said = "; ".join(f"{r.other} {r.mean.difference:+.3f}" for r in answer.rivalries)
    return Figure(
        name=f"study-{study.model}-groups-{_slug(measure)}-{answer.question.step}",
        title=f"{measure}, {step}: {answer.leading} minus every other method "
        f"({_better(answer)} is better)",
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
            f"{answer.leading}, {SHORT_STEPS[answer.question.step]}",
            {contrast.over: contrast for contrast in answer.best_others[answer.leading]},
            PALETTE[marker],
            marker,
        )
        for marker, answer in enumerate(answers)
    ]
    measure = measure_name(answers[0].question)
    return Figure(
        name=f"study-{study.model}-best-other-{_slug(measure)}",
        title=f"{measure}: minus the best other method of each language "
        f"({_better(answers[0])} is better)",
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


def _differences(
    name: str,
    found: Mapping[tuple[str, float], Finding],
    color: str,
    panel: int,
    marker: int,
) -> list[Series]:
    """A line through differences from the baseline; none for the baseline itself.

    Args:
        name: the method.
        found: name of a point and its x -> the finding there.
        color: of the method.
        panel: index of the panel.
        marker: index of the marker.
    """
    known = {place: f for place, f in found.items() if f.difference is not None}
    if not known:
        return []
    y = [f.difference or 0.0 for f in known.values()]
    low = [gap if f.low is None else f.low for f, gap in zip(known.values(), y, strict=True)]
    high = [gap if f.high is None else f.high for f, gap in zip(known.values(), y, strict=True)]
    labels, x = [label for label, _ in known], [x for _, x in known]
    return [Series(name, x, y, color, marker, low, high, panel=panel, labels=labels)]


def _zero(baseline: str, index: int, panel: Panel) -> Series:
    """The line of the baseline through a panel."""
    return Series(
        baseline, panel.range, [0.0, 0.0], GRAY, dotted=True, panel=index, labels=[baseline] * 2
    )


def _intervals(name: str, rows: Mapping[str, Contrast], color: str, marker: int) -> Series:
    x = [contrast.difference for contrast in rows.values()]
    low = [c.difference if c.low is None else c.low for c in rows.values()]
    high = [c.difference if c.high is None else c.high for c in rows.values()]
    return Series(name, x, [*rows], color, marker, low, high)


def _logs(languages: Sequence[StudyLanguage], amount: str) -> dict[str, float]:
    """Run -> logarithm of an amount, increasing; without languages that have none."""
    found = {each.run: getattr(each, amount) for each in languages}
    ordered = sorted((n, run) for run, n in found.items() if n)
    return {run: math.log10(n) for n, run in ordered}


def _log_ticks(logs: Collection[float], unit: str) -> dict[str, float]:
    """Text -> logarithm of 1, 3, 10, 30, ... within the range."""
    values = [factor * 10**power for power in range(13) for factor in (1, 3)]
    inside = [v for v in values if min(logs) <= math.log10(v) <= max(logs)]
    return {_amount(value, unit): math.log10(value) for value in inside}


def _amount(value: int, unit: str) -> str:
    for size, letter in ((10**9, "G"), (10**6, "M"), (1000, "K")):
        if value >= size:
            return f"{value // size} {letter}{unit}" if unit else f"{value:,}"
    return f"{value:,} {unit}".strip()


def _better(answer: StudyAnswer) -> str:
    return "lower" if answer.question.better == "down" else "higher"


def _slug(measure: str) -> str:
    return measure.replace("@", "-at-").replace(" ", "-")
