"""Where a source works: a folder for the result, one for scraps, and two that outlive the run."""

import fcntl
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

logger = logging.getLogger(__name__)

Facts = dict[str, Any]  # plain JSON values, for the manifest
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
    with _locked(own / ".lock", name):
        kept = own / identity
        for path in sorted(own.iterdir()):
            if path.is_dir() and path != kept:  # of a killed download, or of other settings
                shutil.rmtree(path)
        kept.mkdir(exist_ok=True)
        with TemporaryDirectory(prefix=_SCRAPS, dir=own) as scraps:
            yield Place(files, Path(scraps), kept, root)
        shutil.rmtree(kept, ignore_errors=True)


@contextmanager
def _locked(path: Path, name: str) -> Iterator[None]:
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            logger.info("another process downloads %s; waiting for it", name)
            fcntl.flock(stream, fcntl.LOCK_EX)
        except OSError as error:  # a file system without locks
            logger.warning("cannot lock %s (%s); start one download of it only", path, error)
        yield
