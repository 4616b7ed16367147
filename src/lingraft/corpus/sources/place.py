"""Where a source works: a folder for the result, one for scraps, and one that outlives the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Facts = dict[str, Any]  # plain JSON values, for the manifest


@dataclass(frozen=True)
class Place:
    """Folders that a source may write to.

    files: what becomes the artifact's `files/`.
    scraps: removed after the download, whatever happens.
    kept: hidden folder beside the artifacts, shared by all downloads and kept between runs, for
        package lists and parts of interrupted downloads.
    """

    files: Path
    scraps: Path
    kept: Path


@contextmanager
def place_in(staging: Path, kept: Path) -> Iterator[Place]:
    """Yield the folders for one download whose artifact is staged in `staging`."""
    files = staging / "files"
    files.mkdir()
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="scraps-", dir=kept) as scraps:
        yield Place(files, Path(scraps), kept)
