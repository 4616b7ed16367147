"""Plain text: a document is a line, a paragraph or a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from lingraft.corpus.formats.text_input import FilesInput

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document


class PlainText(FilesInput):
    """Plain text, also compressed with gzip, xz or zstd."""

    format: Literal["text"]

    unit: Literal["line", "paragraph", "file"] = "line"
    """What one document is; paragraphs are separated by empty lines."""

    suffixes: ClassVar[Sequence[str]] = (".txt", ".txt.gz", ".txt.zst", ".text")

    def read(self, path: Path) -> Iterator[Document | None]:
        """Yield the documents of one file, without ids, and None for empty lines.

        Empty lines count in the ids that documents get, so that two files aligned line by line get
        the same ids.

        Raises:
            InputError: the file is damaged.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.files import LONGEST_LINE, read_lines

        lines = read_lines(path, LONGEST_LINE)
        metadata = {"source": self.source}
        for unit in lines if self.unit == "line" else _units(lines, self.unit, LONGEST_LINE):
            yield Document("", unit.decode("utf-8", "surrogateescape"), metadata) if unit else None


def _units(lines: Iterator[bytes], unit: str, limit: int) -> Iterator[bytes]:
    """Paragraphs, or the whole file, each cut off like a line if it is longer than `limit`."""
    taken = _Unit(limit)
    for line in lines:
        if unit == "file" or line.strip():
            taken.add(line)
        elif taken.lines:
            yield taken.take()
    if unit == "file" or taken.lines:
        yield taken.take()


class _Unit:
    """Lines of one document. Like a line, one without an end is cut off: memory stays small."""

    def __init__(self, limit: int) -> None:
        self.lines: list[bytes] = []
        self._limit = limit
        self._size = 0

    def add(self, line: bytes) -> None:
        if self._size <= self._limit:
            self.lines.append(line)
            self._size += len(line) + 1

    def take(self) -> bytes:
        lines, self.lines, self._size = self.lines, [], 0
        return b"\n".join(lines)
