"""The figures of results: differences from the baseline with their intervals."""

from collections.abc import Sequence

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import Figure, Series, colors
from lingraft.reporting.findings.finding import ALL, Criterion, Finding
from lingraft.reporting.findings.wording import measure_name, shown_setting, slug, step_heading
from lingraft.stages.trainings import all_steps


def interval_figures(config: Config, findings: Sequence[Finding]) -> list[Figure]:
    """Differences from the baseline with their intervals, a figure for each headline metric."""
    by_question: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.difference is not None and finding.criterion.metric in config.report.headline:
            criterion = finding.criterion
            by_question.setdefault((criterion.metric, criterion.task, criterion.step), []).append(
                finding
            )
    order, steps = [*config.report.headline], all_steps(config)
    asked = sorted(by_question, key=lambda q: (order.index(q[0]), q[1], steps.index(q[2])))
    # Step 0 is drawn only for the first metric; for the others it is in the tables.
    is_alone = len({q[2] for q in asked}) == 1
    shown = [q for q in asked if is_alone or q[:2] == asked[0][:2] or q[2] != steps[0]]
    return [_intervals(config, _readable(by_question[question])) for question in shown]


def _readable(findings: Sequence[Finding]) -> list[Finding]:
    """Up to twelve languages are shown one by one, more of them as means."""
    criteria = {(f.criterion.run, f.criterion.language) for f in findings}
    if len(criteria) <= 12:
        return list(findings)
    means = [finding for finding in findings if finding.criterion.language == ALL]
    return means or list(findings)


def _intervals(config: Config, findings: Sequence[Finding]) -> Figure:
    palette, baseline = colors(config), config.report.baseline
    criterion = findings[0].criterion
    measure, step = measure_name(criterion), criterion.step
    series = []
    others = [name for name in palette if name != baseline]
    for name in dict.fromkeys(f.initialization for f in findings):
        own = [finding for finding in findings if finding.initialization == name]
        gaps = [f.difference or 0.0 for f in own]
        lows = [g if f.low is None else f.low for f, g in zip(own, gaps, strict=True)]
        highs = [g if f.high is None else f.high for f, g in zip(own, gaps, strict=True)]
        rows = [_row(f.criterion) for f in own]
        series.append(Series(name, gaps, rows, palette[name], others.index(name), lows, highs))
    better = "lower" if criterion.better == "down" else "higher"
    said = "; ".join(
        f"{f.initialization} in {_row(f.criterion)} {f.difference:+.3f}" for f in findings[:30]
    )
    return Figure(
        name=f"differences-{slug(measure)}-{step}",
        title=f"{step_heading(step)}: {measure} against {baseline} ({better} is better)",
        kind="intervals",
        x_label=f"difference in {measure}",
        y_label="",
        series=series,
        alternative=f"Differences from {baseline}: {said}.",
        note=f"Bars are {config.report.confidence:.0%} intervals; the line is {baseline}.",
        vertical=0.0,
    )


def _row(criterion: Criterion) -> str:
    place = ", ".join(filter(None, (criterion.language, shown_setting(criterion.setting))))
    return f"{criterion.run} ({place})"
