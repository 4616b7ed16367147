"""Dictionaries that explain or translate their entries: several definitions an entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lingraft.errors import InputError

_LONGEST_LINE = 1 << 24
_WORDNET = ("noun", "verb", "adj", "adv")
_MARKER = re.compile(r"\((?:p|a|ip)\)$")  # where an adjective may stand


@dataclass(frozen=True)
class Definition:
    """An entry with one of its definitions; `place` says where it is, for messages."""

    entry: str
    text: str
    place: str


def freedict_definitions(folder: Path) -> Iterator[Definition]:
    """Yield the senses of a FreeDict package's articles: translations or explanations.

    Raises:
        InputError: the folder has not exactly one dictionary, or it is damaged.
    """
    from lingraft.vectors.dictionaries.freedict import read_articles

    for number, article in enumerate(read_articles(folder), start=1):
        for sense in article.senses if article.headword else ():
            yield Definition(article.headword, sense, f"article {number}")


def wordnet_definitions(folder: Path) -> Iterator[Definition]:
    """Yield the gloss of each meaning of each word of WordNet, without its examples.

    A line of `data.noun` is `offset file type count word id word id ... | gloss; "example"`; the
    count of words is hexadecimal (wndb(5WN)).

    Raises:
        InputError: there is no WordNet, or a line is damaged.
    """
    from lingraft.corpus.reading.files import find_files, read_lines

    for part in _WORDNET:
        for path in find_files(folder, f"*data.{part}", (), "of WordNet"):
            for number, line in enumerate(read_lines(path, _LONGEST_LINE), start=1):
                if not line.startswith(b"  "):  # the license
                    text, place = line.decode("utf-8", "replace"), f"{path.name}, line {number}"
                    yield from _meaning(text, place)


def _meaning(line: str, place: str) -> Iterator[Definition]:
    content, bar, gloss = line.partition(" | ")
    fields = content.split()
    try:
        words = fields[4 : 4 + 2 * int(fields[3], 16) : 2]
    except (IndexError, ValueError):
        words = []
    if not bar or not words:
        raise InputError(f"{place} is not a line of WordNet's data; take a package that is whole")
    definition = gloss.partition('; "')[0].strip()
    for word in words:
        yield Definition(_MARKER.sub("", word).replace("_", " "), definition, place)


def tsv_definitions(paths: list[Path]) -> Iterator[Definition]:
    """Yield the definitions of text files: an entry, and a definition in each further column.

    Raises:
        InputError: a line has no definition, or is not UTF-8; the message names file and line.
    """
    from lingraft.corpus.reading.files import read_lines

    for path in paths:
        for number, line in enumerate(read_lines(path, _LONGEST_LINE), start=1):
            place = f"{path.name}, line {number}"
            try:
                entry, *definitions = line.decode("utf-8").split("\t")
            except UnicodeDecodeError:
                raise InputError(f"{place}, is not valid UTF-8; convert the file") from None
            if not line.strip():
                continue
            if not definitions:
                raise InputError(f"{place}, has no tab: write an entry, a tab, and a definition")
            for definition in definitions:
                yield Definition(entry.strip(), definition.strip(), place)
