"""Lists of words that vectors are tested on: dictionaries, word pairs, analogies, synonyms."""

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from lingraft.errors import InputError
from lingraft.vectors.dictionaries.freedict import read_articles
from lingraft.vectors.text_format import is_number
from lingraft.vectors.word_pairs import single_word


def read_word_columns(path: Path, columns: int) -> Iterator[tuple[str, ...]]:
    """Yield the first columns of each line, split at tabs or else at spaces; `#` starts a comment.

    Args:
        path: the file.
        columns: how many columns.

    Raises:
        InputError: the file does not exist, or a line has fewer columns.
    """
    for number, parts in _lines(path):
        if len(parts) < columns:
            raise InputError(f"{path}, line {number}: {columns} columns expected, not {parts}")
        yield tuple(parts[:columns])


def read_word_pairs(path: Path) -> Iterator[tuple[str, str, float | None]]:
    """Yield two words of each line and their score; None where a line has two columns alone.

    A first line without a number in its third column is a header.

    Raises:
        InputError: the file does not exist, or a line is no pair.
    """
    for number, parts in _lines(path):
        if len(parts) < 2:
            raise InputError(f"{path}, line {number}: two words expected, not {parts}")
        if len(parts) == 2:
            yield parts[0], parts[1], None
        elif is_number(parts[2]):
            yield parts[0], parts[1], float(parts[2])
        elif number > 1:
            raise InputError(f"{path}, line {number}: {parts[2]!r} is not a number")


def read_questions(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the section and the four words of each question; lines `: name` open sections.

    Raises:
        InputError: a line has not four words.
    """
    section = ""
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        words = line.split()
        if line.startswith(":"):
            section = line[1:].strip()
        elif len(words) == 4:
            yield section, tuple(words)
        elif words:
            raise InputError(f"{path}, line {number}: four words expected in {line!r:.80}")


def read_synonyms(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each two single words that a FreeDict dictionary gives for one sense of a word, once.

    Raises:
        InputError: the folder has not exactly one dictionary, or it is damaged.
    """
    seen = set()
    for article in read_articles(folder):
        for sense in article.senses:
            parts = (single_word(part) for part in re.split(r"[,;]", sense))
            words = list(dict.fromkeys(part for part in parts if part))
            for pair in combinations(words, 2):
                if frozenset(pair) not in seen:
                    seen.add(frozenset(pair))
                    yield pair


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number and the columns of each line that has any; `#` starts a comment."""
    if not path.is_file():
        raise InputError(f"{path} does not exist")
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            parts = line.split("\t") if "\t" in line else re.split(r"[ ,;]+", line.strip())
            yield number, [part.strip() for part in parts]
