"""Plain text: a document is a line, a paragraph or a file."""

from collections.abc import Iterator
from pathlib import Path

from lingraft.config.corpora import PlainTextInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats.files import find_files, read_lines

LONGEST_LINE = 64 << 20  # bytes; the cleaning sets the limit that counts
_SUFFIXES = (".txt", ".txt.gz", ".txt.zst", ".text")


def find(folder: Path, settings: PlainTextInput) -> list[Path]:
    """The files of an input.

    Raises:
        InputError: there are none.
    """
    return find_files(folder, settings.files, _SUFFIXES, settings.source)


def read(path: Path, settings: PlainTextInput) -> Iterator[Document | None]:
    """Yield the documents of one file, without ids, and None for empty lines.

    Empty lines count in the ids that documents get, so that two files aligned line by line get the
    same ids.

    Raises:
        InputError: the file is damaged.
    """
    metadata = {"source": settings.source}
    for unit in _units(path, settings.unit):
        yield Document("", unit.decode("utf-8", "surrogateescape"), metadata) if unit else None


def _units(path: Path, unit: str) -> Iterator[bytes]:
    lines = read_lines(path, LONGEST_LINE)
    if unit == "line":
        yield from lines
    elif unit == "file":
        yield b"\n".join(lines)
    else:
        yield from _paragraphs(lines)


def _paragraphs(lines: Iterator[bytes]) -> Iterator[bytes]:
    paragraph: list[bytes] = []
    for line in lines:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            yield b"\n".join(paragraph)
            paragraph = []
    if paragraph:
        yield b"\n".join(paragraph)
