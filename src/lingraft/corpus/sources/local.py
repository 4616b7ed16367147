"""Files and folders of this machine, copied so that the results are complete in themselves."""

import os
import shutil
from pathlib import Path

from lingraft.config.sources import LocalSource, is_kept
from lingraft.corpus.fetching.place import Facts, Place
from lingraft.errors import InputError, is_disk_full


def fetch(source: LocalSource, place: Place) -> Facts:
    """Copy a file, or the files of a folder that `keep` names; links to files are followed.

    Raises:
        InputError: the path does not exist or cannot be read.
    """
    path = Path(source.path)
    if not path.exists():
        raise InputError(
            f"local source {source.path} does not exist (seen from {Path.cwd().name}/)"
        )
    try:
        if path.is_file():
            _require_utf8(path)
            shutil.copyfile(path, place.files / path.name)
        else:
            _copy_folder(path, place.files, source.keep)
    except (OSError, shutil.Error) as error:
        if is_disk_full(error):
            raise
        raise InputError(f"local source {source.path} cannot be copied: {error}") from None
    return {"path": source.path, "version": None, "license": None}


def _copy_folder(folder: Path, files: Path, keep: tuple[str, ...]) -> None:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and is_kept(name.as_posix(), keep):
            _require_utf8(path)
            (files / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, files / name)


def _require_utf8(path: Path) -> None:
    """Refuse a name that no manifest, which is text, could hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{os.fsencode(path)!r} has a name that is not UTF-8; rename it or leave it out by keep"
        ) from None
