"""The table of dynamic tokenization: score, tokens and seconds with each number of merges."""

from collections.abc import Sequence
from typing import Any

from lingraft.reporting.findings.merging_curves import MergeCurve, MergePoint
from lingraft.reporting.findings.wording import measure_name, number, short_step, shown_setting
from lingraft.reporting.tables.table import (
    EMPTY,
    INITIALIZATION,
    LANGUAGE,
    RUN,
    STEP,
    Column,
    Measure,
    Table,
)


def merging_table(curves: Sequence[MergeCurve]) -> Table:
    """A row for each number of merges, the static one first."""
    columns = [
        RUN,
        INITIALIZATION,
        STEP,
        LANGUAGE,
        Column("measure", "Measure"),
        Column("merges", "Merges"),
        Column("tokens", "Tokens a text", "number"),
        Column("saved", "Saved", "share", hint="share of the static tokens"),
        Column("score", "Score", "measure"),
        Column("kept", "Of static", "share", hint="the score as a share of the static one"),
        Column("seconds", "Seconds", "number", hint="for 1,000 texts"),
        Column("hits", "Rows kept", "share", hint="strings whose rows were there already"),
    ]
    return Table(
        "merges",
        "Texts that were read with merged tokens",
        columns,
        [_row(curve, point) for curve in curves for point in curve.points],
        "In brackets: the difference from the static score and its interval, over the same test "
        "items. Seconds are of the processor on a CPU and of the clock on a GPU: cutting, merging, "
        "rows and forward pass.",
    )


def _row(curve: MergeCurve, point: MergePoint) -> dict[str, Any]:
    criterion, static = curve.criterion, curve.points[0]
    return {
        "run": criterion.run,
        "initialization": curve.initialization,
        "step": short_step(criterion.step),
        "language": criterion.language,
        "measure": ", ".join(
            filter(None, (measure_name(criterion), shown_setting(criterion.setting)))
        ),
        "merges": point.label.removesuffix(" merges").removesuffix(" merge"),
        "tokens": point.tokens,
        "saved": point.saved if point is not static else EMPTY,
        "score": _measure(point),
        "kept": point.score / static.score if static.score and point is not static else EMPTY,
        "seconds": point.seconds,
        "hits": EMPTY if point.hits is None else point.hits,
    }


def _measure(point: MergePoint) -> Measure:
    if point.against is None:
        return Measure(number(point.score), point.score)
    against = point.against
    bounds = f"[{number(against.low, True)}, {number(against.high, True)}]"
    said = f"{number(point.score)} ({number(against.difference, True)} {bounds})"
    return Measure(said, point.score, against.low, against.high)
