"""Where a source works: a folder for the result, one for scraps, and two that outlive the run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lingraft.locks import Lock

_SCRAPS = "scraps-"


@dataclass(frozen=True)
class Place:
    """Folders that a source may write to.

    files: what becomes the artifact's `files/`.
    scraps: removed after the download, whatever happens.
    kept: this source's own, kept until it is downloaded, for parts of an interrupted download.
    shared: for all downloads and kept between runs, for package lists; whoever uses it locks.
    """

    files: Path
    scraps: Path
    kept: Path
    shared: Path


@contextmanager
def place_in(staging: Path, root: Path, name: str, identity: str) -> Iterator[Place]:
    """Yield the folders for one download whose artifact is staged in `staging`.

    No two downloads share `kept`: it belongs to the source's name and to what the source asks for,
    and a lock keeps a second download of the same source waiting.

    Args:
        staging: folder of the artifact that is being made.
        root: hidden folder beside the artifacts.
        name: name of the source.
        identity: equal only where the same is asked for: what another question left is removed.
    """
    files = staging / "files"
    files.mkdir()
    own = root / "sources" / name
    own.mkdir(parents=True, exist_ok=True)
    with Lock(own / ".lock").held():
        kept = own / identity
        for path in sorted(own.iterdir()):
            if path.is_dir() and path != kept:  # of a killed download, or of other settings
                shutil.rmtree(path)
        kept.mkdir(exist_ok=True)
        with TemporaryDirectory(prefix=_SCRAPS, dir=own) as scraps:
            yield Place(files, Path(scraps), kept, root)
        shutil.rmtree(kept, ignore_errors=True)
