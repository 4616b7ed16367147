"""Finding and opening the files of a download, compressed or not."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, cast

from lingraft.artifacts import MANIFEST, read_manifest
from lingraft.corpus.compression import (
    compression_of,
    damage_named,
    open_compressed,
    unpacked_limit,
)
from lingraft.errors import InputError

LONGEST_LINE = 64 << 20  # bytes; the cleaning sets the limit that counts
_BLOCK = 1 << 20
# First bytes of files that are not UTF-8 as a whole; single bytes are left to the cleaning.
_NO_TEXT = {
    b"\xff\xfe": "UTF-16; convert it",
    b"\xfe\xff": "UTF-16; convert it",
    b"\x1f\x8b": "packed by gzip; let its name end with .gz",
    b"\xfd7zXZ\0": "packed by xz; let its name end with .xz",
    b"\x28\xb5\x2f\xfd": "packed by zstd; let its name end with .zst",
}


def find_files(
    files: Path, pattern: str | None, suffixes: Sequence[str], source: str
) -> list[Path]:
    """Files below `files`, sorted, that match `pattern` or, without one, end with a suffix.

    Args:
        files: the unpacked files of a download.
        pattern: shell pattern, relative to `files`.
        suffixes: ends of names, for no pattern.
        source: name of the source, for messages.

    Raises:
        InputError: there are none.
    """
    found = []
    for path in listed_files(files):
        name = path.relative_to(files).as_posix()
        if fnmatchcase(name, pattern) if pattern else name.endswith(tuple(suffixes)):
            found.append(path)
    if not found:
        wanted = f"that match {pattern!r}" if pattern else f"ending with {', '.join(suffixes)}"
        raise InputError(
            f"source {source} has no files {wanted}; set `files` to a pattern that fits"
        )
    return found


def listed_files(files: Path) -> list[Path]:
    """The files below `files`, sorted, never a link; in an artifact, those of its manifest."""
    if (files.parent / MANIFEST).is_file():
        names = read_manifest(files.parent).files
        found = {files.parent / name for name in names if name.startswith(f"{files.name}/")}
    else:
        found = set(files.rglob("*"))
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def read_lines(path: Path, limit: int) -> Iterator[bytes]:
    """Yield the lines of a text file without their ends (LF, CRLF), its BOM removed.

    A line longer than `limit` bytes is cut off at `limit` + 1, so that no line fills the memory
    and whoever counts can see that it was too long.

    Raises:
        InputError: the compressed file is damaged, or the file is not text in UTF-8 at all.
    """
    with open_file(path) as stream:
        first = True
        while line := stream.readline(limit + 1):
            if first and (kind := next((k for k in _NO_TEXT if line.startswith(k)), None)):
                raise InputError(f"{path} is not text in UTF-8: it is {_NO_TEXT[kind]}")
            if not line.endswith(b"\n") and len(line) > limit:
                _skip_line(stream)
            yield line.removeprefix(b"\xef\xbb\xbf" if first else b"").rstrip(b"\r\n")
            first = False


def read_whole(path: Path, limit: int) -> bytes:
    """The bytes of a file that must not be larger than `limit`, compressed or not.

    Raises:
        InputError: it is, or it is damaged.
    """
    with open_file(path) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise InputError(f"{path} has more than {limit} bytes; take it apart, or leave it out")
    return content


@contextmanager
def open_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that came from outside, and decompress it if its name says so.

    Raises:
        InputError: it cannot be read, is damaged, or unpacks beyond all measure.
    """
    kind = compression_of(path)
    try:
        with path.open("rb") as raw, damage_named(f"{path} cannot be read"):
            if kind is None:
                yield raw
            else:
                limit = unpacked_limit(os.fstat(raw.fileno()).st_size)
                yield cast(BinaryIO, open_compressed(raw, kind, limit))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


def _skip_line(stream: BinaryIO) -> None:
    while (rest := stream.readline(_BLOCK)) and not rest.endswith(b"\n"):
        pass
