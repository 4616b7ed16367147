"""Files and folders of this machine, copied so that the results are complete in themselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from lingraft.corpus.sources.source import Source, SourceFacts
from lingraft.errors import InputError, is_disk_full

if TYPE_CHECKING:
    from lingraft.corpus.fetching.place import Place


class LocalSource(Source):
    """A file or folder of this machine, copied so that the results are complete in themselves."""

    kind: Literal["local"]

    path: str = Field(min_length=1)
    """File or folder; relative to the folder in which the workflow runs."""

    @property
    def origin(self) -> str:
        """The path."""
        return self.path

    def fetch(self, place: Place) -> SourceFacts:
        """Copy a file, or the files of a folder that `keep` names; links to files are followed.

        Raises:
            InputError: the path does not exist or cannot be read.
        """
        path = Path(self.path)
        if not path.exists():
            raise InputError(
                f"local source {self.path} does not exist (seen from {Path.cwd().name}/)"
            )
        try:
            if path.is_file():
                _copy(path, place.files / path.name)
            for file in sorted(path.rglob("*")):
                name = file.relative_to(path)
                if file.is_file() and self.keeps(name.as_posix()):
                    _copy(file, place.files / name)
        except (OSError, shutil.Error) as error:
            if is_disk_full(error):
                raise
            raise InputError(f"local source {self.path} cannot be copied: {error}") from None
        return {"path": self.path, "version": None, "license": None}


def _copy(path: Path, target: Path) -> None:
    """Copy a file; a name that cannot be written into a manifest, which is text, is refused."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{os.fsencode(path)!r} has a name that is not UTF-8; rename it or leave it out by keep"
        ) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
