"""Finding and opening the files of a download, compressed or not."""

import gzip
import lzma
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from lingraft.corpus.compression import open_zstd
from lingraft.errors import InputError

_BLOCK = 1 << 20


def find_files(
    files: Path, pattern: str | None, suffixes: Sequence[str], source: str
) -> list[Path]:
    """Files below `files`, sorted, that match `pattern` or, without one, end with a suffix.

    Raises:
        InputError: there are none.
    """
    found = []
    for path in sorted(files.rglob("*")):
        name = path.relative_to(files).as_posix()
        matches = fnmatchcase(name, pattern) if pattern else name.endswith(tuple(suffixes))
        if matches and path.is_file():
            found.append(path)
    if not found:
        wanted = f"that match {pattern!r}" if pattern else f"ending with {', '.join(suffixes)}"
        raise InputError(
            f"source {source} holds no files {wanted}; set `files` to a pattern that fits"
        )
    return found


def read_lines(path: Path, limit: int) -> Iterator[bytes]:
    """Yield the lines of a text file without their ends (LF, CRLF), its BOM removed.

    A line longer than `limit` bytes is cut off at `limit` + 1, so that no line fills the memory
    and whoever counts can see that it was too long.

    Raises:
        InputError: the compressed file is damaged.
    """
    try:
        with _open(path) as stream:
            first = True
            while line := stream.readline(limit + 1):
                if not line.endswith(b"\n") and len(line) > limit:
                    _skip_line(stream, limit)
                yield line.removeprefix(b"\xef\xbb\xbf" if first else b"").rstrip(b"\r\n")
                first = False
    except (OSError, EOFError, lzma.LZMAError, zstandard.ZstdError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        if path.suffix == ".gz":
            yield cast(BinaryIO, gzip.GzipFile(fileobj=raw))
        elif path.suffix == ".xz":
            yield cast(BinaryIO, lzma.LZMAFile(raw))  # noqa: SIM115 (the caller closes raw)
        elif path.suffix == ".zst":
            yield cast(BinaryIO, open_zstd(raw))
        else:
            yield raw


def _skip_line(stream: BinaryIO, limit: int) -> None:
    while (rest := stream.readline(_BLOCK)) and not rest.endswith(b"\n"):
        pass
