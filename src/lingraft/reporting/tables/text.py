"""Tables for the terminal: columns under each other."""

from collections.abc import Iterator

from lingraft.reporting.tables.table import Table, display


def to_text(table: Table) -> Iterator[str]:
    """Yield the lines of a table, the headings first; texts stand left and numbers right."""
    rows = [[column.label for column in table.columns]]
    if any(column.group for column in table.columns):
        pairs = zip(table.columns, _is_new(table), strict=True)
        rows.insert(0, [column.group if new else "" for column, new in pairs])
    rows += [[display(c.kind, row.get(c.key)) for c in table.columns] for row in table.rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if column.kind == "text" else cell.rjust(width)
            for cell, width, column in zip(row, widths, table.columns, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def _is_new(table: Table) -> list[bool]:
    groups = [column.group for column in table.columns]
    return [i == 0 or group != groups[i - 1] for i, group in enumerate(groups)]
