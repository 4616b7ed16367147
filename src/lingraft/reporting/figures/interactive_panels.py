"""The panels of a figure for Plotly: traces and axes, which the page's script puts in a grid."""

from collections.abc import Sequence
from typing import Any

from lingraft.reporting.figures.figure import GRAY, Figure, Panel, Series

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x", "star")
_LETTER = 6.5  # pixels of a letter of a name above a chart


def panels_to_plotly(figure: Figure) -> dict[str, Any]:
    """Data and layout; `panels` says how the script arranges the axes at the page's width.

    Args:
        figure: what to draw; its kind is panels.
    """
    first: dict[str, int] = {}
    for index, series in enumerate(figure.series):
        first.setdefault(series.name, index)
    traces = [_trace(s, first[s.name] == i) for i, s in enumerate(figure.series)]
    layout: dict[str, Any] = {"hovermode": "closest", "annotations": [], "shapes": []}
    names = _LETTER * figure.longest_place  # pixels above a chart
    for index, panel in enumerate(figure.panels):
        suffix = _suffix(index)
        layout[f"xaxis{suffix}"] = {
            "title": {"text": panel.x_label, "standoff": 6, "font": {"size": 12}},
            "range": list(panel.range),
            "tickvals": list(panel.ticks.values()),
            "ticktext": list(panel.ticks),
            "showgrid": False,
            "zeroline": False,
        }
        layout[f"yaxis{suffix}"] = {"nticks": 5, "zeroline": False}
        if index:
            layout[f"yaxis{suffix}"]["matches"] = "y"  # one scale for all
        layout["annotations"] += _annotations(panel, suffix, names)
        layout["shapes"] += _shapes(panel, suffix)
    panels = {
        "number": len(figure.panels),
        "width": figure.panel_width,
        "above": 30 + names,
        "below": 44 if any(panel.x_label for panel in figure.panels) else 24,
    }
    return {"data": traces, "layout": layout, "axes": {}, "panels": panels}


def _trace(series: Series, in_legend: bool) -> dict[str, Any]:
    suffix = _suffix(series.panel)
    dash = "dot" if series.dotted else "dash" if series.dashed else "solid"
    trace: dict[str, Any] = {
        "x": list(series.x),
        "y": list(series.y),
        "xaxis": f"x{suffix}",
        "yaxis": f"y{suffix}",
        "name": series.name,
        "legendgroup": series.name,
        "showlegend": in_legend,
        "mode": "lines" if series.dotted else "lines+markers",
        "line": {"color": series.color, "dash": dash, "width": 1.5},
        "marker": {"symbol": SYMBOLS[series.marker % len(SYMBOLS)], "size": 6},
        "text": list(series.labels),
        "hovertemplate": "%{text}: %{y:.3f}<extra>" + series.name + "</extra>",
    }
    if series.low is not None and series.high is not None:
        trace["error_y"] = error_bars(series.y, series.low, series.high) | {"width": 0}
    return trace


def error_bars(
    values: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> dict[str, Any]:
    """Bars from `low` to `high` around values, as Plotly describes them."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [above - value for above, value in zip(high, values, strict=True)],
        "arrayminus": [value - below for below, value in zip(low, values, strict=True)],
        "thickness": 1.2,
    }


def _annotations(panel: Panel, suffix: str, names: float) -> list[dict[str, Any]]:
    """The title, and the names of the places."""
    common = {"yref": f"y{suffix} domain", "y": 1, "yanchor": "bottom", "showarrow": False}
    shift = 4 + names + (8 if names else 0)
    title = {"text": panel.title, "xref": f"x{suffix} domain", "x": 0, "xanchor": "left"}
    found = [common | title | {"yshift": shift, "font": {"size": 13}}]
    for name, x in panel.label_places.items():
        place = {"text": name, "xref": f"x{suffix}", "x": x, "textangle": -90, "yshift": 8}
        found.append(common | place | {"font": {"size": 11}})
    return found


def _shapes(panel: Panel, suffix: str) -> list[dict[str, Any]]:
    """A vertical line at each place, and from its top to the name."""
    common = {
        "type": "line",
        "xref": f"x{suffix}",
        "yref": f"y{suffix} domain",
        "layer": "below",
        "opacity": 0.45,
        "line": {"width": 0.7, "color": GRAY},
    }
    found = []
    for name, x in panel.places.items():
        found.append(common | {"x0": x, "x1": x, "y0": 0, "y1": 1})
        found.append(common | {"x0": x, "x1": panel.label_places[name], "y0": 1, "y1": 1.04})
    return found


def _suffix(index: int) -> str:
    return str(index + 1) if index else ""
