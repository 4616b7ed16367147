"""Lists of words that vectors are tested on: dictionaries, word similarity, analogies."""

import re
from collections.abc import Iterator
from pathlib import Path

from lingraft.errors import InputError
from lingraft.vectors.text_format import is_number


def read_word_columns(
    path: Path, columns: int, numeric: int | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the first columns of each line, split at tabs or else at spaces; `#` starts a comment.

    Args:
        path: the file.
        columns: how many columns.
        numeric: index of a column of numbers. A first line without a number there is a header.

    Raises:
        InputError: the file does not exist, or a line has fewer columns.
    """
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t") if "\t" in line else re.split(r"[ ,;]+", line.strip())
        if len(parts) < columns:
            raise InputError(f"{path}, line {number}: {columns} columns expected in {line!r:.80}")
        if numeric is not None and not is_number(parts[numeric]):
            if number == 1:
                continue
            raise InputError(f"{path}, line {number}: {parts[numeric]!r} is not a number")
        yield tuple(part.strip() for part in parts[:columns])


def read_questions(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the section and the four words of each question; lines `: name` open sections."""
    section = ""
    for line in path.read_text("utf-8-sig").splitlines():
        if line.startswith(":"):
            section = line[1:].strip()
        elif len(words := line.split()) == 4:
            yield section, tuple(words)
