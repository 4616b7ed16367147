"""Dictionaries as text: a source word, a tab (or one run of spaces), and a target word a line.

So are MUSE's and WECHSEL's; the latter hold phrases too, which only a tab keeps whole. The
`dictionary.tsv` of an alignment says so in its first line and has two columns more.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from lingraft.config.patterns import Pattern
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import (
    DictionaryInputs,
    DownloadedDictionary,
    ReversibleDictionary,
)
from lingraft.vectors.word_pairs import WRITTEN, WordPair


class TsvDictionary(DownloadedDictionary, ReversibleDictionary):
    """A text file with a pair on each line: two columns split by a tab (or one space)."""

    format: Literal["tsv"]
    path: Pattern
    """The file inside the download."""

    def read_file(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the pairs of the file.

        Raises:
            InputError: the file does not exist, or a line of it is not a pair.
        """
        yield from read_lines(inputs.download(self.source) / self.path)


def read_lines(path: Path) -> Iterator[WordPair]:
    """Read every pair of a file as it is: phrases, casing and duplicates included.

    Raises:
        InputError: a line has not two columns or is not UTF-8; the message names file and line.
    """
    if not path.is_file():
        raise InputError(f"dictionary {path} does not exist")
    is_ours = False
    for number, raw in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError:
            raise InputError(f"{path} line {number} is not valid UTF-8") from None
        if not line:
            continue
        columns = line.split("\t") if "\t" in line else line.split()
        if number == 1 and tuple(columns) == WRITTEN:
            is_ours = True
        elif is_ours:
            yield _our_pair(columns, f"{path} line {number}")
        elif len(columns) == 2:
            yield WordPair(columns[0].strip(), columns[1].strip())
        else:
            raise InputError(
                f"{path} line {number} has {len(columns)} columns; "
                "a dictionary has two: source word, tab, target word"
            )


def _our_pair(columns: list[str], place: str) -> WordPair:
    try:
        source, target, weight, origin = columns
        return WordPair(source, target, float(weight), origin)
    except ValueError:
        raise InputError(f"{place} is not {', '.join(WRITTEN)}, as the first line says") from None
