"""Tables as values, and the CSV, Markdown and LaTeX that are written from them.

A cell is a text, a number, None (unknown), or a Finding or Measure, which have several columns in
the CSV.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lingraft.artifacts import atomic_path
from lingraft.reporting.findings.finding import Finding
from lingraft.reporting.findings.wording import number
from lingraft.reporting.tables.escaping import csv_cell, markdown_text

Kind = Literal["text", "number", "integer", "share", "seconds", "bytes", "finding", "measure"]
ABSENT = "–"
MARKS = {
    "better": "▲",
    "worse": "▼",
    "different": "◆",
    "unclear": "○",
    "doubtful": "◐",
    "untested": "?",
}
_PARTS: Mapping[Kind, tuple[str, ...]] = {
    "finding": ("mean", "sd", "difference", "low", "high", "verdict"),
    "measure": ("value", "low", "high"),
}


@dataclass(frozen=True)
class Measure:
    """A number with a text of its own; `value` may be a word, such as "not reached"."""

    text: str
    value: float | str
    low: float | None = None
    high: float | None = None


EMPTY = Measure("", "")  # a cell that nothing was asked of: neither a number nor a gap


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        key: its key in the rows.
        label: its heading.
        kind: how its values are written.
        group: a second heading above neighboring columns.
        hint: explains the column.
        wraps: long texts are broken into lines.
    """

    key: str
    label: str
    kind: Kind = "text"
    group: str = ""
    hint: str = ""
    wraps: bool = False


RUN = Column("run", "Run")
INITIALIZATION = Column("initialization", "Initialization")
LANGUAGE = Column("language", "Language")
STEP = Column("step", "Step")


@dataclass(frozen=True)
class Table:
    """Rows by column key. `name` becomes the file name; `note` is printed under the title."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    note: str = ""
    warnings: Sequence[str] = field(default_factory=tuple)
    folded: bool = False  # long tables open on request

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The upper headings with the number of columns that each spans; empty without groups."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans if any(group for group, _ in spans) else []


def to_csv(table: Table) -> str:
    """The table as CSV with all digits; a finding becomes columns `<key> mean`, `<key> low`, ..."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([csv_cell(name) for column in table.columns for name in _csv_names(column)])
    for row in table.rows:
        writer.writerow([v for c in table.columns for v in _csv_values(c, row.get(c.key))])
    return stream.getvalue()


def write_csv(table: Table, folder: Path) -> Path:
    """Write `<name>.csv` atomically."""
    path = folder / f"{table.name}.csv"
    with atomic_path(path) as temporary:
        temporary.write_text(to_csv(table), encoding="utf-8")
    return path


def to_markdown(table: Table) -> str:
    """The table in GitHub's Markdown; bold are the best and those level with it."""
    heads = [markdown_text(f"{c.label} ({c.group})" if c.group else c.label) for c in table.columns]
    rules = ["---" if c.kind == "text" else "---:" for c in table.columns]
    body = [[_markdown(c, row.get(c.key)) for c in table.columns] for row in table.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [heads, rules, *body])


def to_latex(table: Table) -> str:
    """The table as a LaTeX `tabular` with booktabs rules, ready for `\\input`."""
    letters = "".join("l" if column.kind == "text" else "r" for column in table.columns)
    lines = [f"% {table.title}", f"\\begin{{tabular}}{{{letters}}}", "\\toprule"]
    if table.groups:
        spans = [f"\\multicolumn{{{n}}}{{c}}{{{_latex_text(group)}}}" for group, n in table.groups]
        lines.append(" & ".join(spans) + " \\\\")
    lines += [" & ".join(_latex_text(column.label) for column in table.columns) + " \\\\"]
    lines.append("\\midrule")
    for row in table.rows:
        cells = [_latex(column, row.get(column.key)) for column in table.columns]
        lines.append(" & ".join(cells) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"


def display(kind: Kind, value: Any) -> str:
    """How one value is written; unknown is a dash, never a zero."""
    if value is None:
        return ABSENT
    if isinstance(value, Measure):
        return value.text
    if kind == "text":
        return str(value)
    if kind == "integer":
        return f"{round(value):,}"
    if kind == "bytes":
        return _bytes(value)
    if kind == "seconds":
        return _seconds(value)
    return number(value)


def gap(finding: Finding) -> str:
    """The difference from the baseline with its interval: `−0.29 [−0.31, −0.27]`."""
    if finding.difference is None:
        return ""
    text = number(finding.difference, signed=True)
    if finding.low is None or finding.high is None:
        return f"{text} (no interval)"
    return f"{text} [{number(finding.low, True)}, {number(finding.high, True)}]"


def _csv_names(column: Column) -> list[str]:
    head = f"{column.group}: {column.label}" if column.group else column.label
    parts = _PARTS.get(column.kind)
    return [head] if parts is None else [f"{head}, {part}" for part in parts]


def _csv_values(column: Column, value: Any) -> list[Any]:
    parts = _PARTS.get(column.kind)
    values = [value] if parts is None else [getattr(value, part, None) for part in parts]
    return [csv_cell(value) for value in values]


def _markdown(column: Column, value: Any) -> str:
    if not isinstance(value, Finding):
        text = display(column.kind, value)
        return markdown_text(text) if column.kind == "text" else text
    text = display("number", value.mean)
    text = f"**{text}**" if value.top else text
    return f"{text} {gap(value)}".strip()


def _latex(column: Column, value: Any) -> str:
    if not isinstance(value, Finding):
        return _latex_text(display(column.kind, value))
    text = display("number", value.mean).replace("−", "$-$")
    text = f"\\textbf{{{text}}}" if value.top else text
    below = gap(value).replace("−", "$-$")
    return f"{text} {{\\scriptsize {below}}}" if below else text


_LATEX_SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "−": "$-$",
    "–": "--",
    "↓": "$\\downarrow$",
    "↑": "$\\uparrow$",
}


def _latex_text(text: str) -> str:
    # Each character by itself: replacements one after the other would escape their own backslashes.
    return "".join(_LATEX_SPECIAL.get(character, character) for character in text)


def _bytes(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _seconds(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h"
