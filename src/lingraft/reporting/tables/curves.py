"""The tables of the learning curves: all points, and compute to match the baseline."""

import math
from collections.abc import Sequence
from typing import Any

from lingraft.reporting.collected.hours import hours_note
from lingraft.reporting.findings.curves import MEASURE, Band, Forgetting, Match
from lingraft.reporting.statistics import AXES, CatchUp
from lingraft.reporting.tables.table import INITIALIZATION, RUN, Column, Measure, Table


def curve_table(found: Sequence[Band], hours: str) -> Table:
    """Every point of every band."""
    columns = [
        RUN,
        INITIALIZATION,
        Column("steps", "Steps", "integer"),
        Column("tokens", "Tokens", "integer"),
        *([Column("hours", hours, "number")] if hours else []),
        Column("mean", MEASURE.capitalize(), "number"),
        Column("sd", "sd over seeds", "number"),
        Column("seeds", "Seeds", "integer"),
    ]
    rows = [
        {"run": band.run, "initialization": band.initialization, "seeds": band.seeds}
        | {axis: values[p] for axis, values in band.budgets.items()}
        | {"mean": value, "sd": None if band.sd is None else band.sd[p]}
        for band in found
        for p, value in enumerate(band.mean)
    ]
    note = "Seeds are averaged. Read them beside the rows without a model in the tables of results."
    return Table("curves", "Points of the learning curves", columns, rows, note, folded=True)


def forgetting_table(found: Sequence[Forgetting]) -> Table:
    """Every point of every curve of text that is not trained on, beside the source model."""
    columns = [
        RUN,
        INITIALIZATION,
        Column("corpus", "Corpus"),
        Column("steps", "Steps", "integer"),
        Column("mean", MEASURE.capitalize(), "number"),
        Column("difference", "Minus the source model", "number"),
        Column("seeds", "Seeds", "integer"),
    ]
    rows: list[dict[str, Any]] = [
        {"run": one.run, "corpus": one.corpus, "initialization": band.initialization}
        | {"steps": step, "mean": value, "seeds": band.seeds}
        | {"difference": None if one.source is None else value - one.source}
        for one in found
        for band in one.bands
        for step, value in zip(band.budgets["steps"], band.mean, strict=True)
    ]
    note = "Text that no model is trained on: above zero, the model reads it worse than its source."
    return Table("forgetting", "What is forgotten along training", columns, rows, note, folded=True)


def match_table(found: Sequence[Match], hours: str) -> Table:
    """Compute-to-match on all axes; "not reached" is a value, too."""
    names = {"steps": "Steps", "tokens": "Tokens", "hours": hours}
    columns = [RUN, INITIALIZATION]
    columns.append(Column("target", f"Baseline's last {MEASURE}", "number"))
    for axis in [axis for axis in AXES if axis != "hours" or hours]:
        columns.append(Column(f"{axis} budget", "Budget", "measure", names[axis]))
        columns.append(Column(f"{axis} factor", "Speed-up", "measure", names[axis]))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for match in found:
        row = rows.setdefault(
            (match.run, match.initialization),
            {"run": match.run, "initialization": match.initialization},
        )
        row["target"] = match.catch_up.target
        row[f"{match.catch_up.axis} budget"] = _budget(match.catch_up)
        row[f"{match.catch_up.axis} factor"] = _factor(match.catch_up)
    note = (
        "The budget is the smallest one at which an initialization is as good as the baseline at "
        "its end, interpolated linearly between evaluations. The speed-up is the baseline's whole "
        "budget divided by this budget. "
        f"{hours_note(hours)}"
    )
    return Table(
        "compute-to-match", "Compute to match the baseline", columns, list(rows.values()), note
    )


def budget_text(found: CatchUp) -> str:
    """The budget as the report writes it."""
    if not found.reached:
        return "not reached"
    if 0 < found.budget < 1 and found.axis != "hours":
        return "< 1"
    return f"{found.budget:,.4f}" if found.axis == "hours" else f"{found.budget:,.0f}"


def _budget(found: CatchUp) -> Measure:
    return Measure(budget_text(found), found.budget if found.reached else "not reached")


def _factor(found: CatchUp) -> Measure:
    text = _times(found.speed_up)
    if found.low is not None and found.high is not None:
        text = f"{text} [{_times(found.low)}, {_times(found.high)}]"
    value: float | str = found.speed_up if found.reached else "not reached"
    return Measure(text, value, found.low, found.high)


def _times(factor: float) -> str:
    if factor == 0:
        return "not reached"
    return "at once" if math.isinf(factor) else f"{factor:.1f}×"
