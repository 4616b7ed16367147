"""The table of refiners: what each one did to the vectors."""

from collections.abc import Iterator, Mapping
from typing import Any

from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.wording import number
from lingraft.reporting.tables.table import Column, Measure, Table


def refiner_table(collection: Collected) -> Table:
    """What the refiners of each set of vectors said of their work, in their order."""
    columns = [
        Column("vectors", "Vectors"),
        Column("step", "Step", "integer"),
        Column("refiner", "Refiner"),
        Column("what", "What"),
        Column("value", "Value", "measure"),
    ]
    rows = [
        {"vectors": name, "step": step, "refiner": facts["name"], "what": what, "value": value}
        for name, refiners in collection.refiners.items()
        for step, facts in enumerate(refiners, start=1)
        for what, value in _said(facts)
    ]
    note = "Distances are mean cosine distances of the words that a graph connects, or does not."
    has_edges = any("distance" in row["what"] for row in rows)
    return Table("refiners", "Refined vectors", columns, rows, note if has_edges else "")


def _said(facts: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Measure]]:
    """Yield each fact below the name, whose parts may have parts, as words and a value."""
    for key, value in facts.items():
        what = f"{above} {key.replace('_', ' ')}".strip()
        if isinstance(value, Mapping):
            yield from _said(value, what)
        elif what != "name" and value is not None:
            yield what, Measure(_text(value), value)


def _text(value: float | str) -> str:
    if isinstance(value, float):
        return number(value)
    return f"{value:,}" if isinstance(value, int) else value
