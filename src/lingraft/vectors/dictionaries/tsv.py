"""Dictionaries as text: a source word, a tab (or one run of spaces), and a target word a line.

So are MUSE's and WECHSEL's; the latter hold phrases too, which only a tab keeps whole. The
`dictionary.tsv` of an alignment says so in its first line and has two columns more.
"""

from collections.abc import Iterator
from pathlib import Path

from lingraft.config.vectors import Tsv
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.places import Places
from lingraft.vectors.pairs import WordPair


def read_tsv(settings: Tsv, places: Places) -> Iterator[WordPair]:
    """Read the file that the download holds at `path`."""
    yield from read_lines(places.download(settings.source) / settings.path)


def read_lines(path: Path) -> Iterator[WordPair]:
    """Read every pair of a file.

    Raises:
        InputError: names file and line that has not two columns or is not UTF-8.
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
        if number == 1 and tuple(columns) == WordPair._fields:
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
        raise InputError(
            f"{place} is not {', '.join(WordPair._fields)}, as the first line says"
        ) from None
