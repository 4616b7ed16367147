"""Small charts of a study: every language, and results by amount of text."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import GRAY, Figure, Panel, Series, colors
from lingraft.reporting.findings.across_languages import StudyAnswer
from lingraft.reporting.findings.curves import MEASURE, Band
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.findings.studies import Study, StudyLanguage
from lingraft.reporting.findings.wording import measure_name, short_step, slug

Answers = Sequence[StudyAnswer]  # of one metric, step by step

_MOST_PANELS = 30
_SHIFT = 0.05  # between two methods of a panel, in steps of the x axis
_AMOUNTS = {"text_bytes": "bytes of training text", "pairs": "sentence pairs"}


def language_panels(config: Config, study: Study, answers: Answers) -> Figure:
    """A panel for each language: every method minus the baseline, from step 0 to the end."""
    palette, baseline = colors(config), config.report.baseline
    shown = study.languages[:_MOST_PANELS]
    ticks = {short_step(answer.question.step): float(i) for i, answer in enumerate(answers)}
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
        name=f"study-{study.name}-{slug(measure)}",
        title=f"{measure} against {baseline} in each language {direction(answers[0])}",
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


def amount_panels(config: Config, study: Study, answers: Answers) -> Figure:
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
            panels.append(Panel(short_step(answer.question.step), ticks, logs, title))
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
        name=f"study-{study.name}-amounts-{slug(measure)}",
        title=f"{measure} against {baseline} by amount of text {direction(answers[0])}",
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


def curve_panels(config: Config, study: Study, found: Sequence[Band]) -> Figure | None:
    """The learning curves minus that of the baseline, a panel for each language.

    Args:
        config: the experiment.
        study: its languages and methods.
        found: the curves of all runs.

    Returns:
        The figure; None if no language has a curve of the baseline.
    """
    palette, baseline = colors(config), config.report.baseline
    by_run: dict[str, dict[str, Band]] = {}
    for band in found:
        by_run.setdefault(band.run, {})[band.initialization] = band
    shown = [run for run in study.runs if baseline in by_run.get(run, {})][:_MOST_PANELS]
    panels: list[Panel] = []
    series: list[Series] = []
    for index, run in enumerate(shown):
        base = by_run[run][baseline]
        last = base.budgets["steps"][-1]
        panels.append(Panel(run, {"step 0": 0.0, f"{last:,.0f}": last}, margin=0.1))
        for marker, name in enumerate(study.methods):
            if name != baseline and name in by_run[run]:
                line = _minus(by_run[run][name], base)
                series.append(replace(line, color=palette[name], marker=marker, panel=index))
        series.append(_zero(baseline, index, panels[index]))
    if not shown:
        return None
    return Figure(
        name=f"study-{study.name}-curves",
        title=f"{MEASURE.capitalize()} against {baseline} along training (lower is better)",
        kind="panels",
        x_label="",
        y_label="",
        series=series,
        alternative=f"Difference in {MEASURE} from {baseline} by steps, a panel for each of "
        f"{len(shown)} languages; the numbers are in the table.",
        note="Seeds are averaged. Only steps at which both were evaluated are drawn. The language "
        "with most text comes first.",
        panels=panels,
    )


def _minus(band: Band, base: Band) -> Series:
    """A curve minus another one, where both have points."""
    others = dict(zip(base.budgets["steps"], base.mean, strict=True))
    points = zip(band.budgets["steps"], band.mean, strict=True)
    gaps = {step: value - others[step] for step, value in points if step in others}
    labels = [f"step {step:,.0f}" for step in gaps]
    return Series(band.initialization, [*gaps], [*gaps.values()], GRAY, labels=labels)


def direction(answer: StudyAnswer) -> str:
    """What is better: the end of a title."""
    return f"({'lower' if answer.question.better == 'down' else 'higher'} is better)"


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
