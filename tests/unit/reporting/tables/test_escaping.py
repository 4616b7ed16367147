"""Whatever others wrote stays text: in a spreadsheet, and in any reader of Markdown."""

import csv
import io

import pytest
from markdown_it import MarkdownIt

from lingraft.reporting.tables.escaping import (
    csv_cell,
    markdown_block,
    markdown_code,
    markdown_line,
)
from lingraft.reporting.tables.table import Column, Table, to_csv, to_markdown

FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "-0.5")
MARKUP = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    "![x](http://example.org/leak.png)",
    "**bold** _em_ *em* __strong__ ~~gone~~ `code`",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "a | b \\| c",
    "line\n\n# heading",
    "```\ncode",
    "&lt;script&gt;",
    "swh_Latn bits_per_byte",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text: str) -> None:
    table = Table("t", "", [Column("x", text)], [{"x": text}])
    rows = list(csv.reader(io.StringIO(to_csv(table), newline="")))
    escaped = "'" + text.replace("\r", "\n")
    assert rows == [[escaped], [escaped]]


@pytest.mark.parametrize("value", [-0.5, -3, 0.0, 1e-7, None, "plain", "a=b", "–"])
def test_numbers_and_plain_texts_are_as_they_are(value: object) -> None:
    assert csv_cell(value) == ("" if value is None else value)


@pytest.mark.parametrize("text", MARKUP)
def test_markdown_shows_exactly_the_text(text: str) -> None:
    """A paragraph, and nothing else in it than the text."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown_line(text))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    inline = tokens[1].children or []
    assert {child.type for child in inline} <= {"text", "text_special"}
    shown = "".join(child.content for child in inline)
    assert shown == " ".join(text.split("\n\n")).replace("\n", " ")


@pytest.mark.parametrize("text", MARKUP)
def test_a_cell_stays_a_cell(text: str) -> None:
    table = Table("t", "", [Column("a", "A"), Column("b", "B")], [{"a": text, "b": "end"}])
    tokens = MarkdownIt("commonmark").enable(["table"]).parse(to_markdown(table))
    cells = [t.children for t in tokens if t.type == "inline"]
    assert len(cells) == 4
    assert {child.type for child in cells[2] or []} <= {"text", "text_special"}


@pytest.mark.parametrize("text", ["plain", "a ` b", "``", "```\n# out\n```"])
def test_code_does_not_end_early(text: str) -> None:
    (block,) = MarkdownIt("commonmark").parse(markdown_block(text, "yaml"))
    assert (block.type, block.content.rstrip("\n")) == ("fence", text.rstrip("\n"))
    inline = MarkdownIt("commonmark").parse(markdown_code(text.replace("\n", " ")))[1]
    (code,) = inline.children or []
    assert (code.type, code.content) == ("code_inline", text.replace("\n", " "))
