"""A figure as static SVG: for print, papers, archives, and browsers without scripts."""

import io
import math
import re
from typing import Any

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas

from lingraft.reporting.figures.figure import Figure, Series
from lingraft.reporting.figures.static_panels import MARKERS, draw_panels, panels_height

_INK, _GRID = "#1f2328", "#d0d7de"
_SETTINGS: dict[Any, Any] = {
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "svg.fonttype": "none",  # text stays text: small, searchable, in the reader's fonts
    "svg.hashsalt": "lingraft",  # the same numbers give the same bytes
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.edgecolor": _GRID,
    "axes.labelcolor": _INK,
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "grid.color": _GRID,
}
_WIDTH = 8.0  # inches
_LEGEND_COLUMNS = 4


def to_svg(figure: Figure) -> str:
    """Draw a figure as one SVG document on a white background."""
    with matplotlib.rc_context(_SETTINGS):
        canvas = Canvas(figsize=(_WIDTH, _height(figure)))
        # The canvas registers itself with the figure. pyplot, which keeps figures in global state,
        # is not needed.
        FigureCanvasSVG(canvas)
        if figure.kind == "panels":
            draw_panels(canvas, figure)
        else:
            _draw_one(canvas, figure)
        stream = io.StringIO()
        canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def for_page(svg: str, figure: Figure) -> str:
    """The SVG for use inside the page: its colors follow the page's light or dark mode."""
    body = svg[svg.index("<svg") :].replace(_INK, "var(--ink)").replace(_GRID, "var(--line)")
    # The page has its own background.
    body = body.replace("fill: #ffffff", "fill: none")
    # Ids must be unique within the page; matplotlib counts them anew in every figure.
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{figure.name}-", body)
    head, rest = body.split(">", maxsplit=1)
    head = re.sub(r' (width|height)="[^"]*"', "", head)
    return f'{head} aria-hidden="true">{rest}'


def _draw_one(canvas: Canvas, figure: Figure) -> None:
    axes = canvas.add_subplot()
    _DRAW[figure.kind](axes, figure)
    axes.set_xlabel(figure.x_label)
    axes.set_ylabel(figure.y_label)
    axes.set_title(figure.title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    if figure.kind == "graph":
        axes.set_axis_off()
    axes.grid(axis="both" if figure.kind == "lines" else "x", linewidth=0.6)
    axes.set_axisbelow(True)
    canvas.legend(loc="lower center", ncols=_LEGEND_COLUMNS, frameon=False)
    _set_margins(canvas, figure)


def _set_margins(canvas: Any, figure: Figure) -> None:
    """Margins from the length of the labels: matplotlib's layout would draw every figure twice."""
    height = _height(figure)
    longest = max(map(len, figure.rows), default=0) if figure.kind in ("intervals", "bars") else 6
    canvas.subplots_adjust(
        left=min(0.5, (0.35 + 0.075 * longest) / _WIDTH),
        right=0.98,
        top=1 - 0.35 / height,
        bottom=(0.6 + _legend_height(figure)) / height,
    )


def _legend_height(figure: Figure) -> float:
    return 0.22 * math.ceil(sum(not s.of for s in figure.series) / _LEGEND_COLUMNS)


def _height(figure: Figure) -> float:
    if figure.kind == "panels":
        return panels_height(figure)
    if figure.kind in ("lines", "graph"):
        return 4.2 if figure.kind == "lines" else 6.5
    rows = len(figure.rows)
    height = 0.28 if figure.kind == "bars" else 0.2 + 0.08 * len(figure.series)
    return 1.0 + _legend_height(figure) + rows * height


def _draw_lines(axes: Any, figure: Figure) -> None:
    for series in figure.series:
        axes.plot(
            series.x,
            series.y,
            color=series.color,
            linestyle=":" if series.dotted else "--" if series.dashed else "-",
            marker=MARKERS[series.marker % len(MARKERS)],
            markersize=8 if series.of else 4,
            linewidth=1.6,
            label=f"_{series.name}" if series.of else series.name,  # _: not in the legend
        )
        if series.low is not None and series.high is not None:
            bounds = series.low, series.high
            axes.fill_between(series.x, *bounds, color=series.color, alpha=0.18, linewidth=0)


def _draw_intervals(axes: Any, figure: Figure) -> None:
    rows = figure.rows
    if figure.vertical is not None:
        axes.axvline(figure.vertical, color="#7A7A7A", linestyle="--", linewidth=1)
    for index, series in enumerate(figure.series):
        # The series of a row share 0.7 of its height, around its middle.
        shift = (index - (len(figure.series) - 1) / 2) * 0.7 / max(1, len(figure.series))
        heights = [rows.index(row) + shift for row in series.y]
        axes.errorbar(
            series.x,
            heights,
            xerr=_errors(series),
            fmt=MARKERS[series.marker % len(MARKERS)],
            color=series.color,
            markersize=5,
            capsize=2,
            linewidth=1.4,
            label=series.name,
        )
    axes.set_yticks(range(len(rows)), rows)
    # The first limit is the larger one, so that the first row is on top.
    axes.set_ylim(len(rows) - 0.5, -0.5)


def _errors(series: Series) -> list[list[float]] | None:
    if series.low is None or series.high is None:
        return None
    below = [max(0.0, x - low) for x, low in zip(series.x, series.low, strict=True)]
    above = [max(0.0, high - x) for x, high in zip(series.x, series.high, strict=True)]
    return [below, above]


def _draw_bars(axes: Any, figure: Figure) -> None:
    # Stacked: each series begins where the one before it ends.
    left = [0.0] * len(figure.series[0].x)
    for series in figure.series:
        axes.barh(series.y, series.x, left=left, color=series.color, label=series.name, height=0.7)
        left = [a + b for a, b in zip(left, series.x, strict=True)]
    axes.invert_yaxis()
    axes.set_xlim(0, 100)


def _draw_graph(axes: Any, figure: Figure) -> None:
    lines, *clouds = figure.series
    # A line ends where the number is none.
    ends = [[math.nan if end is None else end for end in axis] for axis in (lines.x, lines.y)]
    axes.plot(*ends, color=lines.color, linewidth=0.7, label="_near", zorder=1)
    for series in clouds:
        marker = MARKERS[series.marker % len(MARKERS)]
        axes.scatter(
            series.x, series.y, 16, series.color, marker=marker, label=series.name, zorder=2
        )
        for x, y, label in zip(series.x, series.y, series.labels, strict=True):
            axes.annotate(
                label,
                (x, y),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=8,
                color=series.color,
            )


_DRAW = {
    "lines": _draw_lines,
    "intervals": _draw_intervals,
    "bars": _draw_bars,
    "graph": _draw_graph,
}
