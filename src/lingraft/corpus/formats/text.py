"""Plain text: a document is a line, a paragraph or a file."""

from collections.abc import Iterator
from pathlib import Path

from lingraft.config.corpora import PlainTextInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats.files import find_files, read_lines

LONGEST_LINE = 64 << 20  # bytes; the cleaning sets the limit that counts
_SUFFIXES = (".txt", ".txt.gz", ".txt.zst", ".text")


def read(files: Path, settings: PlainTextInput) -> Iterator[Document]:
    """Yield documents with ids `NAMESPACE/NUMBER`, numbered through all files.

    Empty lines count in the numbers, so that two files aligned line by line get the same ids.

    Raises:
        InputError: there are no such files, or one is damaged.
    """
    namespace = settings.namespace or settings.source
    metadata = {"source": settings.source}
    paths = find_files(files, settings.files, _SUFFIXES, settings.source)
    units = (unit for path in paths for unit in _units(path, settings.unit))
    for number, unit in enumerate(units):
        if unit:
            text = unit.decode("utf-8", "surrogateescape")
            yield Document(f"{namespace}/{number}", text, metadata)


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
