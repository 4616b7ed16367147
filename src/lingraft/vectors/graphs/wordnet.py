"""Princeton WordNet in its own format (wndb(5WN)), as in Debian's package wordnet-base."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from lingraft.errors import InputError
from lingraft.vectors.graphs.graph import DownloadedGraph, GraphInputs, related, synonyms

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge

# Pointers that are read, each in one direction: a hyponym is a hypernym the other way round.
_RELATIONS = {
    "!": "antonym",
    "@": "hypernym",
    "@i": "hypernym",
    "&": "similar",
    "#m": "holonym",
    "#s": "holonym",
    "#p": "holonym",
    "*": "entailment",
    ">": "cause",
    "^": "also",
    "$": "verb_group",
    "=": "attribute",
    "+": "derivation",
    "\\": "pertainym",
    "<": "participle",
}
_PARTS = {"n": "noun", "v": "verb", "a": "adj", "s": "adj", "r": "adv"}


class Pointer(NamedTuple):
    """A pointer of a synset: to another one, or from one of its words to one of the other's."""

    symbol: str
    target: str  # part of speech and offset
    words: tuple[int, int]  # from 1; zeros for all words


class Synset(NamedTuple):
    """Words of one meaning."""

    words: list[str]
    pointers: list[Pointer]


class WordNetGraph(DownloadedGraph):
    """WordNet: `synonym`, `antonym`, `hypernym`, `similar`, `holonym`, `derivation` and others."""

    format: Literal["wordnet"]

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield the words of each synset, and what its pointers connect.

        Raises:
            InputError: a file is missing or damaged.
        """
        from lingraft.vectors.graph_files import only_file

        folder = inputs.given.download(self.source)
        synsets: dict[str, Synset] = {}
        for part in dict.fromkeys(_PARTS.values()):
            synsets |= _read(only_file(folder, f"data.{part}"), part)
        for synset in synsets.values():
            yield from synonyms(synset.words)
            for pointer in synset.pointers:
                yield from _connected(synset, pointer, synsets)


def _connected(synset: Synset, pointer: Pointer, synsets: dict[str, Synset]) -> Iterator[Edge]:
    relation = _RELATIONS.get(pointer.symbol)
    other = synsets.get(pointer.target)
    if relation is None:
        return
    if other is None:
        raise InputError(f"WordNet has no synset {pointer.target}, to which another one points")
    first, second = pointer.words
    heads = synset.words[first - 1 : first] if first else synset.words
    tails = other.words[second - 1 : second] if second else other.words
    yield from related(heads, tails, relation)


def _read(path: Path, part: str) -> Iterator[tuple[str, Synset]]:
    from lingraft.vectors.graph_files import table

    for place, (fields, *_) in table(path, "|"):
        # The licence at the beginning is indented; its lines begin with their numbers.
        columns = fields.split()
        if len(columns[0]) != 8 or not columns[0].isdigit():
            continue
        try:
            yield f"{part}:{columns[0]}", _parse(columns)
        except (ValueError, IndexError, KeyError):
            raise InputError(f"{place} is not a synset of WordNet; is the file cut off?") from None


def _parse(columns: list[str]) -> Synset:
    """offset file type count (word id)* pointers (symbol offset part source-target)* ..."""
    end = 4 + 2 * int(columns[3], 16)
    # An adjective may say where it stands: galore(ip).
    words = [word.split("(")[0].replace("_", " ") for word in columns[4:end:2]]
    pointers = []
    for place in range(end + 1, end + 1 + 4 * int(columns[end]), 4):
        symbol, offset, part, ends = columns[place : place + 4]
        both = int(ends[:2], 16), int(ends[2:], 16)
        pointers.append(Pointer(symbol, f"{_PARTS[part]}:{offset}", both))
    return Synset(words, pointers)
