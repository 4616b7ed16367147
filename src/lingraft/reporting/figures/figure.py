"""Figures as values: one description from which `static` and `interactive` draw.

The colors are those of Okabe and Ito, which color-blind readers can distinguish. Markers and dashes
repeat the colors, so that a figure can be read in gray print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lingraft.experiment.configuration import Config

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D00")
GRAY = "#7A7A7A"


@dataclass(frozen=True)
class Series:
    """One line, cloud of points or stack of bars.

    `low` and `high` bound y for lines and x for intervals. `alternatives` are x by other axes.
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


@dataclass(frozen=True)
class Figure:
    """A figure with everything that both renderers need.

    Attributes:
        kind: lines over x; intervals (points with horizontal bars, one row for each y); or stacked
            horizontal bars.
        alternative: the text for screen readers.
        vertical: x of a reference line.
    """

    name: str
    title: str
    kind: Literal["lines", "intervals", "bars"]
    x_label: str
    y_label: str
    series: Sequence[Series]
    alternative: str
    note: str = ""
    vertical: float | None = None


def colors(config: Config) -> dict[str, str]:
    """The color of each initialization, the same in every figure; the baseline is gray."""
    names = [n for run in config.runs.values() for n in run.initializations]
    others = [name for name in dict.fromkeys(names) if name != config.report.baseline]
    found = {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(others)}
    return {config.report.baseline: GRAY, **found}
