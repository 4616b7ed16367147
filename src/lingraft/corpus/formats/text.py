"""Plain text: a document is a line, a paragraph or a file."""

from collections.abc import Iterator
from pathlib import Path

from lingraft.config.corpora import PlainTextInput
from lingraft.corpus.documents import Document
from lingraft.corpus.reading.files import find_files, read_lines

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
        whole = _Unit()
        for line in lines:
            whole.add(line)
        yield whole.take()
    else:
        yield from _paragraphs(lines)


def _paragraphs(lines: Iterator[bytes]) -> Iterator[bytes]:
    paragraph = _Unit()
    for line in lines:
        if line.strip():
            paragraph.add(line)
        elif paragraph.lines:
            yield paragraph.take()
    if paragraph.lines:
        yield paragraph.take()


class _Unit:
    """Lines of one document. One that has no end fills no memory: like a line, it is cut off."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._size = 0

    def add(self, line: bytes) -> None:
        if self._size <= LONGEST_LINE:
            self.lines.append(line)
            self._size += len(line) + 1

    def take(self) -> bytes:
        lines, self.lines, self._size = self.lines, [], 0
        return b"\n".join(lines)
