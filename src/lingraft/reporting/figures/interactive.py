"""A figure as a Plotly specification; the page's script draws it in the page's colors."""

from typing import Any

from lingraft.reporting.figures.figure import Figure, Series
from lingraft.reporting.figures.interactive_panels import SYMBOLS, error_bars, panels_to_plotly

_LETTER = 7.5  # pixels of a letter of a label
_ROW = 34  # pixels of a row of intervals or bars


def to_plotly(figure: Figure, hours: str) -> dict[str, Any]:
    """Data and layout as JSON values; `axes` has x of every trace for each axis to choose.

    Panels are described by `panels` in addition: the page's script arranges them by its width.

    Args:
        figure: what to draw.
        hours: label of the axis of hours; empty without one.
    """
    if figure.kind == "panels":
        return panels_to_plotly(figure)
    traces = [trace for series in figure.series for trace in _TRACES[figure.kind](series)]
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": figure.x_label}},
        "yaxis": {"title": {"text": figure.y_label}},
        "hovermode": "x unified" if figure.kind == "lines" else "closest",
        "height": 430,
        "showlegend": True,  # Plotly leaves out the legend of a single series
    }
    if figure.kind == "graph":
        hidden = {"visible": False, "showgrid": False, "zeroline": False}
        layout |= {"xaxis": dict(hidden), "yaxis": dict(hidden), "height": 640, "dragmode": "pan"}
        layout["margin"] = {"l": 16}
    if figure.kind in ("intervals", "bars"):
        layout["height"] = 150 + len(figure.rows) * (
            _ROW if figure.kind == "bars" else _spread(figure)
        )
        layout["yaxis"] |= {"autorange": "reversed", "type": "category"}
        layout["yaxis"] |= {"categoryarray": figure.rows}
        # From the length of the labels: Plotly's automatic margin and legend overlap.
        longest = max(map(len, figure.rows), default=0)
        layout["margin"] = {"l": 16 + _LETTER * longest}
    if figure.kind == "bars":
        layout |= {"barmode": "stack"}
        layout["xaxis"]["range"] = [0, 100]
    if figure.kind == "intervals":
        layout |= {"scattermode": "group", "scattergap": 0.3}
    if figure.vertical is not None:
        layout["shapes"] = [_vertical(figure.vertical)]
    return {"data": traces, "layout": layout, "axes": _axes(figure, hours)}


def _axes(figure: Figure, hours: str) -> dict[str, list[list[float]]]:
    names = {"steps": "Steps", "tokens": "Tokens", "hours": hours}
    names |= {"bytes": "MB of text", "operations": "Operations"}
    result: dict[str, list[list[float]]] = {}
    for axis, name in names.items():
        if not all(axis in series.alternatives for series in figure.series):
            continue  # all lines must stay visible on every axis
        for series in figure.series:
            x = list(series.alternatives[axis])
            # A band is drawn before its line, as an outline: forward on top, back below.
            outline = [] if series.low is None else [[*x, *reversed(x)]]
            result.setdefault(name, []).extend([*outline, x])
    return result


def _lines(series: Series) -> list[dict[str, Any]]:
    traces = []
    if series.low is not None and series.high is not None:
        outline = [*series.high, *reversed(series.low)]
        traces.append(
            {
                "x": [*series.x, *reversed(series.x)],
                "y": outline,
                "fill": "toself",
                # #rrggbb with alpha 2e: 46 / 255 = 18 %, as in the SVG.
                "fillcolor": f"{series.color}2e",
                "line": {"width": 0},
                "mode": "lines",
                "hoverinfo": "skip",
                "showlegend": False,
                "legendgroup": series.name,
            }
        )
    size = 11 if series.of else 6
    traces.append(
        {
            "x": list(series.x),
            "y": list(series.y),
            "name": series.name,
            "legendgroup": series.of or series.name,
            "showlegend": not series.of,
            "mode": "lines+markers",
            "line": {"color": series.color, "dash": _dash(series)},
            "marker": {"symbol": SYMBOLS[series.marker % len(SYMBOLS)], "size": size},
            "hovertemplate": "%{y:.3f}",
        }
    )
    return traces


def _dash(series: Series) -> str:
    return "dot" if series.dotted else "dash" if series.dashed else "solid"


def _intervals(series: Series) -> list[dict[str, Any]]:
    trace: dict[str, Any] = {
        "x": list(series.x),
        "y": list(series.y),
        "name": series.name,
        "mode": "markers",
        "orientation": "h",
        "marker": {
            "color": series.color,
            "symbol": SYMBOLS[series.marker % len(SYMBOLS)],
            "size": 8,
        },
        "hovertemplate": "%{y}: %{x:.3f}<extra>" + series.name + "</extra>",
    }
    if series.low is not None and series.high is not None:
        bars = error_bars(series.x, series.low, series.high)
        trace["error_x"] = bars | {"thickness": 1.5, "width": 3}
    return [trace]


def _bars(series: Series) -> list[dict[str, Any]]:
    return [
        {
            "type": "bar",
            "orientation": "h",
            "x": list(series.x),
            "y": list(series.y),
            "name": series.name,
            "marker": {"color": series.color},
            "hovertemplate": "%{y}: %{x:.1f} %<extra>" + series.name + "</extra>",
        }
    ]


def _graph(series: Series) -> list[dict[str, Any]]:
    if not series.labels:
        line = {"color": series.color, "width": 1}
        return [_points(series, "lines") | {"line": line, "hoverinfo": "skip", "showlegend": False}]
    marker = {"color": series.color, "symbol": SYMBOLS[series.marker % len(SYMBOLS)], "size": 8}
    text = {"text": list(series.labels), "textposition": "top center", "hoverinfo": "text+name"}
    return [
        _points(series, "markers+text")
        | text
        | {"marker": marker, "textfont": {"color": series.color, "size": 11}}
    ]


def _points(series: Series, mode: str) -> dict[str, Any]:
    return {"x": list(series.x), "y": list(series.y), "name": series.name, "mode": mode}


def _vertical(x: float) -> dict[str, Any]:
    line = {"dash": "dash", "width": 1, "color": "#7A7A7A"}
    return {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}


def _spread(figure: Figure) -> int:
    return 22 + 9 * len(figure.series)


_TRACES = {"graph": _graph, "lines": _lines, "intervals": _intervals, "bars": _bars}
