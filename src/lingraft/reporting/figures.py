"""Figures as values, drawn twice from the same numbers: static SVG and interactive Plotly.

Colors are Okabe and Ito's, which the color-blind can tell apart; markers and dashes repeat what
color says, so that nothing is lost in gray print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lingraft.experiment.configuration import Config
from lingraft.reporting.collection import Collection
from lingraft.reporting.curves import MEASURE, UNIT, Band
from lingraft.reporting.findings import ALL, Finding, Place
from lingraft.reporting.initialization_tables import first_seeds
from lingraft.reporting.levels import Level
from lingraft.reporting.result_tables import STEPS, measure_name
from lingraft.reporting.statistics import AXES

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00")
GRAY = "#7A7A7A"
PUBLISHED = "#8E44AD"
_FILL = "#BBBBBB"


@dataclass(frozen=True)
class Series:
    """One line, cloud of points or stack of bars. `low` and `high` bound `x` or `y` by kind."""

    name: str
    x: Sequence[Any]
    y: Sequence[Any]
    color: str
    marker: int = 0
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dashed: bool = False
    dotted: bool = False
    alternatives: Mapping[str, Sequence[float]] = field(default_factory=dict)  # x on other axes


@dataclass(frozen=True)
class Figure:
    """A figure with everything that its two renderings need.

    `kind`: lines over x; intervals (points with horizontal bars, one row for each y); stacked
    horizontal bars. `alternative` is what a screen reader says.
    """

    name: str
    title: str
    kind: Literal["lines", "intervals", "bars"]
    x_label: str
    y_label: str
    series: Sequence[Series]
    alternative: str
    note: str = ""
    vertical: float | None = None  # a reference line at this x


def colors(config: Config) -> dict[str, str]:
    """The color of each initialization, the same in every figure; the baseline is gray."""
    names = [n for run in config.runs.values() for n in run.initializations]
    others = [name for name in dict.fromkeys(names) if name != config.report.baseline]
    found = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(others)}
    return {config.report.baseline: GRAY, **found}


def curve_figures(
    config: Config, found: Sequence[Band], levels: Sequence[Level] = ()
) -> list[Figure]:
    """The held-out loss along training, one figure for each run, with published levels."""
    palette = colors(config)
    figures = []
    for run in dict.fromkeys(band.run for band in found):
        own = [band for band in found if band.run == run]
        series = [_line(band, palette, i, config.report.baseline) for i, band in enumerate(own)]
        published = [level for level in levels if level.run == run]
        series += [_level(level, own, len(own) + i) for i, level in enumerate(published)]
        ends = ", ".join(f"{b.initialization} {b.mean[0]:.2f} to {b.mean[-1]:.2f}" for b in own)
        notes = [_about_seeds(own)]
        if all(band.budgets["steps"][0] == 0 for band in own):
            notes.append("The first point is step 0: initialization alone.")
        if published:
            notes.append("Dotted lines are published values, in the papers' own tokens.")
            ends += "; published: " + ", ".join(f"{p.label} {p.value:.2f}" for p in published)
        figures.append(
            Figure(
                name=f"curves-{run}",
                title=f"{run}: {MEASURE}",
                kind="lines",
                x_label="Steps",
                y_label=UNIT,
                series=series,
                alternative=f"{MEASURE.capitalize()} by steps, run {run}, start to end: {ends}.",
                note=" ".join(notes),
            )
        )
    return figures


def interval_figures(config: Config, findings: Sequence[Finding]) -> list[Figure]:
    """Differences to the baseline with their intervals, a figure for each headline metric."""
    by_question: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.difference is not None and finding.place.metric in config.report.headline:
            place = finding.place
            by_question.setdefault((place.metric, place.task, place.step), []).append(finding)
    order = [*config.report.headline]
    steps = [*STEPS]
    asked = sorted(by_question, key=lambda q: (order.index(q[0]), q[1], steps.index(q[2])))
    # Step 0 is drawn for the first metric alone; for the others it is in the tables.
    last = steps[max((steps.index(q[2]) for q in asked), default=0)]
    shown = [q for q in asked if q[:2] == asked[0][:2] or q[2] == last]
    return [_intervals(config, _readable(by_question[question])) for question in shown]


def provenance_figure(collection: Collection) -> Figure | None:
    """Share of rows by where they come from, one bar for each initialization of each run."""
    names = ("role", "exact", "fuzzy", "combined", "fill")
    shades = (PALETTE[4], PALETTE[0], PALETTE[5], PALETTE[2], _FILL)
    bars: list[str] = []
    shares: dict[str, list[float]] = {name: [] for name in names}
    for training, account in first_seeds(collection):
        rows = account.get("rows", {})
        total = sum(rows.get(name, 0) for name in names)
        if total:
            bars.append(f"{training.run}: {training.initialization}")
            for name in names:
                shares[name].append(100 * rows.get(name, 0) / total)
    if not bars:
        return None
    present = [(n, c) for n, c in zip(names, shades, strict=True) if any(shares[n])]
    series = [Series(name, shares[name], bars, color) for name, color in present]
    known = ", ".join(f"{bar} {100 - f:.0f} %" for bar, f in zip(bars, shares["fill"], strict=True))
    return Figure(
        name="provenance",
        title="Where the new rows come from",
        kind="bars",
        x_label="% of the rows",
        y_label="",
        series=series,
        alternative=f"Share of rows that are not merely filled: {known}.",
    )


def norm_figure(config: Config, collection: Collection) -> Figure | None:
    """Mean norm of the new rows by provenance, beside the source's mean norm."""
    found = [(t, a["norms"]) for t, a in first_seeds(collection) if a.get("norms")]
    if not found:
        return None
    kinds = dict.fromkeys(kind for _, norms in found for kind in norms.get("by_provenance", {}))
    series = []
    for i, kind in enumerate(kinds):
        having = [(t, n["by_provenance"][kind]) for t, n in found if kind in n["by_provenance"]]
        rows = [f"{t.run}: {t.initialization}" for t, _ in having]
        color = PALETTE[i % len(PALETTE)]
        series.append(Series(kind, [value for _, value in having], rows, color, marker=i))
    sources = {norms.get("source") for _, norms in found}
    source = sources.pop() if len(sources) == 1 else None  # of several models there is no one line
    return Figure(
        name="norms",
        title="Norms of the new rows",
        kind="intervals",
        x_label="mean Euclidean norm",
        y_label="",
        series=series,
        alternative="Mean norms of new rows by provenance; numbers are in the table below.",
        note="" if source is None else "The vertical line is the mean norm of the source's rows.",
        vertical=source,
    )


def _about_seeds(bands: Sequence[Band]) -> str:
    counts = sorted({band.seeds for band in bands})
    if counts == [1]:
        return "One seed."
    said = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"Bands are one standard deviation over {said} seeds."


def _line(band: Band, palette: Mapping[str, str], index: int, baseline: str) -> Series:
    low = high = None
    if band.sd is not None:
        low = [m - s for m, s in zip(band.mean, band.sd, strict=True)]
        high = [m + s for m, s in zip(band.mean, band.sd, strict=True)]
    return Series(
        name=band.initialization,
        x=band.budgets["steps"],
        y=band.mean,
        color=palette[band.initialization],
        marker=index,
        low=low,
        high=high,
        dashed=band.initialization == baseline,
        alternatives=band.budgets,
    )


def _level(level: Level, bands: Sequence[Band], index: int) -> Series:
    """A horizontal line over the whole budget of a run's bands."""
    ends = {
        axis: [min(b.budgets[axis][0] for b in bands), max(b.budgets[axis][-1] for b in bands)]
        for axis in AXES
        if all(axis in b.budgets for b in bands)
    }
    return Series(
        name=level.label,
        x=ends["steps"],
        y=[level.value, level.value],
        color=PUBLISHED,
        marker=index,
        dotted=True,
        alternatives=ends,
    )


def _readable(findings: Sequence[Finding]) -> list[Finding]:
    """Up to twelve languages are shown one by one, more of them as means."""
    places = {(f.place.run, f.place.language) for f in findings}
    if len(places) <= 12:
        return list(findings)
    means = [finding for finding in findings if finding.place.language == ALL]
    return means or list(findings)


def _intervals(config: Config, findings: Sequence[Finding]) -> Figure:
    palette, baseline = colors(config), config.report.baseline
    place = findings[0].place
    measure, step = measure_name(place), place.step
    series = []
    for i, name in enumerate(dict.fromkeys(f.initialization for f in findings)):
        own = [finding for finding in findings if finding.initialization == name]
        gaps = [f.difference or 0.0 for f in own]
        lows = [g if f.low is None else f.low for f, g in zip(own, gaps, strict=True)]
        highs = [g if f.high is None else f.high for f, g in zip(own, gaps, strict=True)]
        rows = [_row(f.place) for f in own]
        series.append(Series(name, gaps, rows, palette[name], i, lows, highs))
    better = "lower" if place.better == "down" else "higher"
    said = "; ".join(
        f"{f.initialization} in {_row(f.place)} {f.difference:+.3f}" for f in findings[:30]
    )
    return Figure(
        name=f"differences-{measure.replace('@', '-at-').replace(' ', '-')}-{step}",
        title=f"{STEPS[step]}: {measure} against {baseline} ({better} is better)",
        kind="intervals",
        x_label=f"difference in {measure}",
        y_label="",
        series=series,
        alternative=f"Differences to {baseline}: {said}.",
        note=f"Bars are {config.report.confidence:.0%} intervals; the line is {baseline}.",
        vertical=0.0,
    )


def _row(place: Place) -> str:
    extra = f", {place.setting}" if place.setting not in ("", "pivot to target") else ""
    return f"{place.run} ({place.language}{extra})"
