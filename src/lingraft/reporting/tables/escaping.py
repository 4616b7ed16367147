"""Texts of others (licences, versions, tokens, notes) as plain text in CSV and Markdown.

A spreadsheet computes a cell that begins like a formula, and a Markdown reader renders markup.
Neither may happen with texts from downloads. The page is escaped by its template, LaTeX in `table`.
"""

import re

# First characters that make spreadsheets compute a cell, some after stripping white space.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_MARKUP = re.compile(r"([\\`*\[\]|~])")
_EMPHASIS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # within a word it is text
_BLOCK = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)](\s|$)))")  # the beginning of a heading or list
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def csv_cell(value: object) -> object:
    """A value for a CSV: numbers unchanged, a text that looks like a formula after a quote."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone \r ends rows unquoted
    return f"'{text}" if _FORMULA.match(text) else text


def markdown_text(text: str) -> str:
    """A text within a line (a cell, a word), with all Markdown and HTML escaped."""
    line = " ".join(re.split(r"[\r\n]+", text))
    line = _EMPHASIS.sub(r"\\_", _MARKUP.sub(r"\\\1", line))
    return line.translate(_ENTITIES)


def markdown_line(text: str) -> str:
    """A text as a line that is neither a heading nor an item of a list."""
    return _BLOCK.sub(_escaped_beginning, markdown_text(text))


def _escaped_beginning(found: re.Match[str]) -> str:
    space, mark = found[1], found[2]
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"


def markdown_code(text: str) -> str:
    """A text as inline code; it may contain backticks."""
    marks = "`" * (_longest_ticks(text) + 1)
    space = " " if "`" in text else ""
    return f"{marks}{space}{text}{space}{marks}"


def markdown_block(text: str, language: str) -> str:
    """A text as a block of code, with a fence longer than any in the text."""
    fence = "`" * max(3, _longest_ticks(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _longest_ticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
