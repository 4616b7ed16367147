"""Figures as values: one description from which `static` and `interactive` draw.

The colors are those of Okabe and Ito, which color-blind readers can distinguish. Markers and dashes
repeat the colors, so that a figure can be read in gray print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lingraft.experiment.configuration import Config

_MOST_LABELS = 22  # names above one panel that fit beside each other
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00")
GRAY = "#7A7A7A"


@dataclass(frozen=True)
class Series:
    """One line, cloud of points or stack of bars.

    `low` and `high` bound y for lines and x for intervals. `alternatives` are x by other axes.
    `panel` is the index of the panel that it is drawn in, and `labels` name its points. `of` is the
    series whose entry of the legend stands for this one, too.
    """

    name: str
    x: Sequence[Any]
    y: Sequence[Any]
    color: str
    marker: int = 0
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    dashed: bool = False
    dotted: bool = False
    alternatives: Mapping[str, Sequence[float]] = field(default_factory=dict)
    panel: int = 0
    labels: Sequence[str] = ()
    of: str = ""


@dataclass(frozen=True)
class Panel:
    """One of several small charts of a figure.

    Attributes:
        ticks: text of a tick -> its x; x may be any transformed quantity, such as a logarithm.
        places: name -> its x: a vertical line with its name above the chart.
        x_label: what x is; empty if the ticks say it.
        margin: room at both ends of the x axis, as a share of it.
    """

    title: str
    ticks: Mapping[str, float]
    places: Mapping[str, float] = field(default_factory=dict)
    x_label: str = ""
    margin: float = 0.05

    @property
    def range(self) -> tuple[float, float]:
        """The ends of the x axis, with a margin."""
        values = [*self.ticks.values(), *self.places.values()]
        margin = self.margin * ((max(values) - min(values)) or 1.0)
        return min(values) - margin, max(values) + margin

    @property
    def label_places(self) -> dict[str, float]:
        """Where the names of the places are written: beside each other, as near as possible."""
        low, high = self.range
        least = (high - low) / max(_MOST_LABELS, len(self.places))
        names = sorted(self.places, key=lambda name: self.places[name])
        found: dict[str, float] = {}
        place = low - least
        for name in names:  # to the right, away from the one before
            found[name] = place = max(self.places[name], place + least)
        place = high + least
        for name in reversed(names):  # and back, where the axis ends
            found[name] = place = min(found[name], place - least)
        return found


@dataclass(frozen=True)
class Figure:
    """A figure with everything that both renderers need.

    Attributes:
        kind: lines over x; intervals (points with horizontal bars, one row for each y); or stacked
            horizontal bars; or panels, a grid of small charts with lines; or a graph of words in
            the plane, whose first series has its lines, with None where one ends.
        alternative: the text for screen readers.
        vertical: x of a reference line.
        panels: the small charts, row by row.
        panel_width: pixels that a panel needs at least.
        row_order: rows of intervals or bars that come first; the others come as they are named.
    """

    name: str
    title: str
    kind: Literal["lines", "intervals", "bars", "panels", "graph"]
    x_label: str
    y_label: str
    series: Sequence[Series]
    alternative: str
    note: str = ""
    vertical: float | None = None
    panels: Sequence[Panel] = ()
    panel_width: int = 165
    row_order: Sequence[str] = ()

    @property
    def longest_place(self) -> int:
        """Letters of the longest name above a panel; 0 without any."""
        return max((len(name) for panel in self.panels for name in panel.places), default=0)

    @property
    def rows(self) -> list[str]:
        """The rows of intervals or bars from top to bottom."""
        named = (str(row) for series in self.series for row in series.y)
        return list(dict.fromkeys([*self.row_order, *named]))


def colors(config: Config) -> dict[str, str]:
    """The color of each initialization, the same in every figure; the baseline is gray."""
    names = [n for run in config.runs.values() for n in run.initializations]
    others = [name for name in dict.fromkeys(names) if name != config.report.baseline]
    found = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(others)}
    return {config.report.baseline: GRAY, **found}
