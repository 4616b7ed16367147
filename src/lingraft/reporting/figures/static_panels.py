"""The panels of a figure in an SVG: a grid of small charts with one legend."""

import math
from typing import Any

from matplotlib.figure import Figure as Canvas

from lingraft.reporting.figures.figure import GRAY, Figure, Panel, Series

MARKERS = "osD^vPX*<>"
_WIDTH = 880  # pixels of panels beside each other
_SHARE = 0.62  # height of a chart by its width
_LEGEND_COLUMNS = 6
_TOP, _BOTTOM, _ROW = 0.3, 0.55, 0.55  # inches: the title, the legend, between two rows
_LEAD = 0.05  # of the height of a chart: from its top to the names
_LETTER = 0.062  # inches of a letter of a name above a chart


def draw_panels(canvas: Canvas, figure: Figure) -> None:
    """Draw every panel, the title and the legend."""
    columns, rows = _columns(figure), _rows(figure)
    grid = canvas.subplots(rows, columns, squeeze=False, sharey=True)
    for index, axes in enumerate(grid.flat):
        if index >= len(figure.panels):
            axes.set_visible(False)
            continue
        panel = figure.panels[index]
        own = [series for series in figure.series if series.panel == index]
        _draw(axes, panel, own, _names(figure))
        if index % columns == 0:
            axes.set_ylabel(figure.y_label, fontsize=8)
    handles = {h.get_label(): h for axes in grid.flat for h in axes.get_lines() if _named(h)}
    place = {"loc": "lower center", "ncols": _LEGEND_COLUMNS, "frameon": False, "fontsize": 9}
    canvas.legend(handles.values(), handles, **place)
    canvas.text(0.01, 1 - 0.2 / panels_height(figure), figure.title, fontsize=11)
    height = panels_height(figure)
    chart = _chart_height(figure)
    canvas.subplots_adjust(
        left=0.08,
        right=0.985,
        top=1 - (_TOP + _above(figure)) / height,
        bottom=(_BOTTOM + _row(figure) - _above(figure)) / height,
        wspace=0.28,
        hspace=_row(figure) / chart,
    )


def panels_height(figure: Figure) -> float:
    """Inches of the whole figure."""
    return _TOP + _BOTTOM + _rows(figure) * (_chart_height(figure) + _row(figure))


def _draw(axes: Any, panel: Panel, series: list[Series], names: float) -> None:
    for each in series:
        axes.plot(
            each.x,
            each.y,
            color=each.color,
            linestyle=":" if each.dotted else "--" if each.dashed else "-",
            marker="" if each.dotted else MARKERS[each.marker % len(MARKERS)],
            markersize=3.5,
            linewidth=1.2,
            label=each.name,
        )
        if each.low is not None and each.high is not None:
            axes.vlines(each.x, each.low, each.high, color=each.color, linewidth=0.8)
    for name, x in panel.places.items():
        axes.axvline(x, color=GRAY, linewidth=0.4, alpha=0.5, zorder=0)
        axes.annotate(
            name,
            (x, 1),
            xytext=(panel.label_places[name], 1 + _LEAD),
            xycoords=("data", "axes fraction"),
            textcoords=("data", "axes fraction"),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=7,
            arrowprops={"arrowstyle": "-", "color": GRAY, "linewidth": 0.4, "shrinkB": 0},
        )
    axes.set_xlim(panel.range)
    axes.set_xticks(list(panel.ticks.values()), list(panel.ticks), fontsize=8)
    axes.tick_params(labelsize=8, labelleft=True, length=0)
    axes.locator_params(axis="y", nbins=5)
    axes.set_xlabel(panel.x_label, fontsize=8)
    axes.set_title(panel.title, loc="left", fontsize=9, pad=4 + 72 * names)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", linewidth=0.5)


def _named(line: Any) -> bool:
    return not str(line.get_label()).startswith("_")


def _columns(figure: Figure) -> int:
    return max(1, min(len(figure.panels), _WIDTH // figure.panel_width))


def _rows(figure: Figure) -> int:
    return math.ceil(len(figure.panels) / _columns(figure))


def _chart_height(figure: Figure) -> float:
    return _SHARE * 7 / _columns(figure)


def _above(figure: Figure) -> float:
    """Inches above a chart: its title and names."""
    return 0.25 + _names(figure)


def _names(figure: Figure) -> float:
    """Inches of the names above a chart, with the lines that lead to them."""
    letters = _LETTER * figure.longest_place
    return letters + _LEAD * _chart_height(figure) if letters else 0.0


def _row(figure: Figure) -> float:
    """Inches between two charts: ticks and label of one, title and names of the other."""
    return _above(figure) + (0.42 if any(panel.x_label for panel in figure.panels) else 0.25)
