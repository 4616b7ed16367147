import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.reporting.findings.finding import Criterion, Finding
from lingraft.reporting.findings.wording import number
from lingraft.reporting.tables.table import (
    Column,
    Measure,
    Table,
    display,
    gap,
    to_csv,
    to_latex,
    to_markdown,
    write_csv,
)

PLACE = Criterion("sw", "pretrained", "t", "t/p", "swh_Latn", "loss", "", "valid", "down")
BETTER = Finding(
    PLACE,
    "wechsel",
    5.5,
    0.1,
    3,
    0,
    40,
    -0.75,
    -0.9,
    -0.6,
    0.01,
    0.02,
    0.1,
    "better",
    "40 examples",
    top=True,
)
TABLE = Table(
    name="example",
    title="An example",
    columns=[
        Column("name", "Name"),
        Column("loss", "loss ↓", "finding", "End"),
        Column("budget", "Budget", "measure"),
        Column("n", "n", "integer"),
    ],
    rows=[
        {"name": "a|b & c_d", "loss": BETTER, "budget": Measure("1.5×", 1.5, 1.2), "n": 12345},
        {"name": '=cmd, "x"\n', "loss": None, "budget": None, "n": None},
    ],
)


def test_csv_spreads_findings_and_keeps_all_digits() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(TABLE))))
    assert rows[0]["End: loss ↓, low"] == "-0.9"
    assert rows[0]["End: loss ↓, verdict"] == "better"
    assert (rows[0]["Budget, value"], rows[0]["Budget, high"]) == ("1.5", "")
    assert rows[1]["Name"] == '\'=cmd, "x"\n'
    assert rows[1]["n"] == ""


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_csv_numbers_are_read_back_exactly(value: float) -> None:
    table = Table("t", "", [Column("x", "x", "number")], [{"x": value}])
    assert float(to_csv(table).splitlines()[1]) == value


def test_csv_is_written_whole(tmp_path: Path) -> None:
    assert write_csv(TABLE, tmp_path).read_text() == to_csv(TABLE)
    assert [path.name for path in tmp_path.iterdir()] == ["example.csv"]


def test_markdown_keeps_its_columns_whatever_is_in_a_cell() -> None:
    lines = to_markdown(TABLE).splitlines()
    assert len(lines) == 4
    assert all(line.replace("\\|", "").count("|") == 5 for line in lines)
    assert "**5.500** −0.750 [−0.900, −0.600]" in lines[2]


def test_bold_is_the_top_and_not_what_beats_the_baseline() -> None:
    table = replace(TABLE, rows=[{"name": "x", "loss": replace(BETTER, top=False)}])
    assert "**" not in to_markdown(table)
    assert "textbf" not in to_latex(table)


def test_latex_escapes_and_uses_booktabs() -> None:
    text = to_latex(TABLE)
    assert "a|b \\& c\\_d" in text
    assert "\\textbf{5.500}" in text
    assert text.count("\\\\") == 4  # groups, heads, two rows
    assert "−" not in text


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("number", None, "–"),
        ("number", 0.12345, "0.123"),
        ("number", -0.5, "−0.500"),
        ("number", 1234.56, "1,234.6"),
        ("integer", 1234567.0, "1,234,567"),
        ("bytes", 999, "999 B"),
        ("bytes", 1_500_000, "1.5 MB"),
        ("seconds", 12.34, "12.3 s"),
        ("seconds", 600, "10.0 min"),
        ("seconds", 9000, "2.5 h"),
        ("text", "x", "x"),
    ],
)
def test_values_read_well(kind: str, value: object, text: str) -> None:
    assert display(kind, value) == text  # type: ignore[arg-type]


def test_differences_carry_their_sign_and_interval() -> None:
    assert gap(BETTER) == "−0.750 [−0.900, −0.600]"
    assert gap(Finding(PLACE, "x", 1.0, difference=0.5)) == "+0.500 (no interval)"
    assert gap(Finding(PLACE, "random", 1.0)) == ""
    assert number(0.5, signed=True) == "+0.500"
