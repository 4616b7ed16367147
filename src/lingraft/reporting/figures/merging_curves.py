"""The figures of dynamic tokenization: a score by the tokens that a model reads of a text."""

from collections.abc import Sequence

from lingraft.experiment.configuration import Config
from lingraft.reporting.figures.figure import Figure, Panel, Series, colors
from lingraft.reporting.findings.merging_curves import MergeCurve, MergePoint
from lingraft.reporting.findings.wording import measure_name, short_step, shown_setting, slug

_TICKS = 4
_STATIC = "#222222"  # no color of an initialization


def merging_figures(config: Config, curves: Sequence[MergeCurve]) -> list[Figure]:
    """A figure for each task and metric, a panel in it for each run, language and step."""
    by_measure: dict[tuple[str, str], list[MergeCurve]] = {}
    for curve in curves:
        key = curve.criterion.task, curve.criterion.metric
        by_measure.setdefault(key, []).append(curve)
    return [_figure(config, own) for own in by_measure.values()]


def _figure(config: Config, curves: Sequence[MergeCurve]) -> Figure:
    palette = colors(config)
    places = list(dict.fromkeys(_title(curve) for curve in curves))
    series: list[Series] = []
    panels = []
    for index, title in enumerate(places):
        own = [curve for curve in curves if _title(curve) == title]
        panels.append(Panel(title, _ticks(own), x_label="tokens a text", margin=0.1))
        names = list(palette)
        for curve in own:
            marker = names.index(curve.initialization)
            series.append(_line(curve, palette[curve.initialization], marker, index))
        for curve in own:
            static = curve.points[0]
            series.append(
                Series("static", [static.tokens], [static.score], _STATIC, 6, panel=index,
                       labels=["static"])
            )  # fmt: skip
    measure = measure_name(curves[0].criterion)
    better = "lower" if curves[0].criterion.better == "down" else "higher"
    said = "; ".join(_said(curve) for curve in curves[:12])
    return Figure(
        name=f"merges-{slug(measure)}",
        title=f"{measure} by the tokens that are read of a text ({better} is better)",
        kind="panels",
        x_label="",
        y_label=measure,
        series=series,
        alternative=f"Score by tokens a text, from static to the most merges: {said}.",
        note=f"Fewer tokens are on the left. Bars are {config.report.confidence:.0%} intervals of "
        "the difference from the static point, over the same test items.",
        panels=panels,
        panel_width=280,
    )


def _line(curve: MergeCurve, color: str, marker: int, panel: int) -> Series:
    static = curve.points[0].score
    bounds = [_bounds(point, static) for point in curve.points]
    return Series(
        curve.initialization,
        [point.tokens for point in curve.points],
        [point.score for point in curve.points],
        color,
        marker,
        [low for low, _ in bounds],
        [high for _, high in bounds],
        panel=panel,
        labels=[point.label for point in curve.points],
    )


def _bounds(point: MergePoint, static: float) -> tuple[float, float]:
    if point.against is None:
        return point.score, point.score
    return static + point.against.low, static + point.against.high


def _ticks(curves: Sequence[MergeCurve]) -> dict[str, float]:
    values = [point.tokens for curve in curves for point in curve.points]
    low, high = min(values), max(values)
    steps = [low + (high - low) * i / (_TICKS - 1) for i in range(_TICKS)]
    return {f"{step:.1f}": step for step in steps}


def _title(curve: MergeCurve) -> str:
    criterion = curve.criterion
    head = f"{criterion.run}, {criterion.language}, {short_step(criterion.step)}"
    return ", ".join(filter(None, (head, shown_setting(criterion.setting))))


def _said(curve: MergeCurve) -> str:
    first, last = curve.points[0], curve.points[-1]
    return (
        f"{curve.initialization} in {_title(curve)} {first.score:.3f} with {first.tokens:.1f}, "
        f"{last.score:.3f} with {last.tokens:.1f}"
    )
