"""Digests for files that a library keeps and reads again, and that carry none of their own."""

import logging
from collections.abc import Iterator
from pathlib import Path

from lingraft.artifacts import digest_file, read_sealed, write_sealed
from lingraft.errors import ArtifactError

logger = logging.getLogger(__name__)

_DIGESTS = "digests.json"


def seal_files(folder: Path) -> None:
    """Note the digests of all files in `folder`, as they are now."""
    files = {path.relative_to(folder).as_posix(): digest_file(path) for path in _files(folder)}
    write_sealed(folder / _DIGESTS, {"files": files})


def drop_damaged(folder: Path) -> None:
    """Delete the files in `folder` that are not as they were when `seal_files` was called."""
    try:
        known = read_sealed(folder / _DIGESTS)["files"]
    except FileNotFoundError:
        known = {}
    except ArtifactError as error:
        logger.warning("%s; what is kept there is made again", str(error).partition(";")[0])
        known = {}
    for path in list(_files(folder)):
        if known.get(path.relative_to(folder).as_posix()) != digest_file(path):
            logger.warning("%s is damaged, or was not finished; it is made again", path)
            path.unlink()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / _DIGESTS:
            yield path
