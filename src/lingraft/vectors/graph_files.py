"""Lines of the text files that graphs come in."""

from collections.abc import Iterator
from pathlib import Path

from lingraft.corpus.reading.files import read_lines
from lingraft.errors import InputError

_LONGEST_LINE = 1 << 20  # bytes


def table(path: Path, separator: str) -> Iterator[tuple[str, list[str]]]:
    """Yield where a line is, for messages, and its columns; empty lines are passed over.

    Args:
        path: the file, plain or compressed.
        separator: between columns.

    Raises:
        InputError: the file does not exist, a line of it is not UTF-8 or does not end.
    """
    if not path.is_file():
        raise InputError(f"graph {path} does not exist")
    for number, raw in enumerate(read_lines(path, _LONGEST_LINE), start=1):
        place = f"{path} line {number}"
        if len(raw) > _LONGEST_LINE:
            raise InputError(f"{place} has more than {_LONGEST_LINE} bytes")
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
        except UnicodeDecodeError:
            raise InputError(f"{place} is not valid UTF-8") from None
        if line.strip():
            yield place, [column.strip() for column in line.split(separator)]


def only_file(folder: Path, name: str) -> Path:
    """The one file of that name below a folder.

    Raises:
        InputError: there is none, or there are several.
    """
    found = sorted(path for path in folder.rglob(name) if path.is_file())
    if len(found) != 1:
        raise InputError(f"{folder} has {len(found)} files {name}, not one")
    return found[0]
