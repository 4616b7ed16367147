"""Figures as values, drawn twice from the same numbers: static SVG and interactive Plotly.

Colors are Okabe and Ito's, which the color-blind can tell apart; markers and dashes repeat what
color says, so that nothing is lost in gray print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lingraft.experiment.configuration import Config

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00")
GRAY = "#7A7A7A"


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
