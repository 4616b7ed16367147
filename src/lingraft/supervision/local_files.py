"""Which files of this machine a local source consists of, as Snakemake can watch them.

Names are taken literally by everybody but Snakemake, which reads `{x}` and `<results>` in them as
patterns and cannot note a name that is not UTF-8. Files with such names are watched by what
the system says of them.
"""

import hashlib
import os
from pathlib import Path

from lingraft.corpus.sources.local import LocalSource
from lingraft.corpus.sources.source import Source
from lingraft.supervision.cleaning import require_past

_PATTERNS = frozenset("{}<>")


def files_of(source: Source, *, is_main: bool) -> list[Path]:
    """The files of a source that Snakemake watches; none if its path does not exist.

    Args:
        source: any source; one that is not of this machine has no files here.
        is_main: whether this process plans the jobs, and so refuses files dated in the future.

    Raises:
        InputError: a file has a date in the future.
    """
    if not isinstance(source, LocalSource):
        return []
    files = plain(source)
    if is_main:
        require_past(files)
    return files


def plain(source: LocalSource) -> list[Path]:
    """The files that `keep` lets in, as paths that Snakemake takes literally, in order."""
    return [path for path in _files(source) if not _is_odd(path)]


def state_of_odd(source: Source) -> str:
    """A digest of the names, sizes and dates of all other files; empty if there are none."""
    if not isinstance(source, LocalSource):
        return ""
    digest = hashlib.sha256()
    odd = [path for path in _files(source) if _is_odd(path)]
    for path in odd:
        said = path.stat()
        digest.update(os.fsencode(path) + f" {said.st_size} {said.st_mtime_ns}".encode())
    return digest.hexdigest() if odd else ""


def _files(source: LocalSource) -> list[Path]:
    place = Path(source.path)
    if not place.is_dir():
        return [place] if place.is_file() else []
    return [
        path
        for path in sorted(place.rglob("*"))
        if path.is_file() and source.keeps(path.relative_to(place).as_posix())
    ]


def _is_odd(path: Path) -> bool:
    name = str(path)
    return not name.isprintable() or not _PATTERNS.isdisjoint(name)
