"""Where results may be written: never over inputs, nor over files of others.

An artifact replaces all files of its folder, and by hand that folder is easily a wrong one. A
hidden mark says that the files are ours to replace; the manifest cannot say it, because Snakemake
deletes what it makes again.
"""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lingraft.errors import ConfigError

MANIFEST = "manifest.json"  # of an artifact; written last, so that without it nothing is there
MARK = ".lingraft"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def require_output(output: Path, used: Mapping[str, Path]) -> None:
    """Refuse an output that cannot be written or would replace something; before any computing.

    Args:
        output: the folder to write; an earlier artifact there is replaced.
        used: what the program reads or keeps elsewhere, by name.

    Raises:
        ConfigError: names the folder and what is wrong with it.
    """
    place = output.resolve()
    for name, path in used.items():
        # The output is the input itself, or a folder above it.
        if place in (path.resolve(), *path.resolve().parents):
            raise ConfigError(
                f"`output={output}` would replace files of the {name} {path}; "
                "name a folder of its own"
            )
    _require_writable(output)
    require_own(output)
    clear_remains(output)


def require_own(folder: Path) -> None:
    """Refuse a folder with files that are not of an artifact.

    Raises:
        ConfigError: names one of them.
    """
    if not folder.is_dir() or (folder / MARK).exists():
        return
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):  # Snakemake's time stamp
            raise ConfigError(
                f"{folder} has {path.name}, which is not of an earlier result and would be "
                "deleted; name another folder, or empty this one"
            )


def clear_remains(folder: Path) -> None:
    """Remove what is left of an earlier artifact whose manifest is gone.

    Snakemake removes the outputs that a rule declares before it makes them again; what else was in
    the folder would look like a result until the new one is there.
    """
    if is_unfinished(folder):
        shutil.rmtree(folder, ignore_errors=True)


def is_unfinished(folder: Path) -> bool:
    """Whether a folder has files of an artifact, but not the one that is written last."""
    return (folder / MARK).exists() and not (folder / MANIFEST).exists()


def make_own(folder: Path) -> None:
    """Create a folder if need be, and mark its files as ours to replace."""
    folder.mkdir(exist_ok=True)
    (folder / MARK).touch()


def put_in_place(whole: Path, folder: Path) -> None:
    """Let a finished folder appear under its final name, in one step.

    Whenever the process is killed, the name is that of the old folder or of the new one (or
    nothing, for a moment, where the file system cannot exchange two names); never a mixture of
    both.

    Args:
        whole: the finished folder, beside the final one; afterwards it has what was there before.
        folder: the final place; hidden files there (a person's, Snakemake's time stamps) stay.
    """
    place = folder.resolve()  # of a link, what it shows
    sync(whole)
    # The umask can only be read by setting it.
    mask = os.umask(0)
    os.umask(mask)
    whole.chmod(0o777 & ~mask)  # folders of tempfile are their owner's alone
    if not place.exists():
        whole.rename(place)
    else:
        _exchange(whole, place)
        # After the exchange, `whole` is the old folder. Its hidden files go back to the final
        # place.
        for path in whole.iterdir():
            if path.name.startswith(".") and not (place / path.name).exists():
                path.rename(place / path.name)
    sync(place.parent)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders take each other's name: at once, where the system can do that."""
    library = ctypes.CDLL(None, use_errno=True)
    # macOS has no renameat2, and some file systems refuse the exchange. Then there is a moment
    # without a folder, between the two renames below.
    rename = getattr(library, "renameat2", None)
    names = (os.fsencode(one.absolute()), os.fsencode(other.absolute()))
    if rename is None or rename(_HERE, names[0], _HERE, names[1], _EXCHANGE) != 0:
        aside = one.with_name(f"{one.name}.old")
        other.rename(aside)
        one.rename(other)
        aside.rename(one)


def sync(path: Path) -> None:
    """Write a file, or the names in a folder, to the disk before going on."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _require_writable(output: Path) -> None:
    """Try it where the folder will be made: permissions alone say nothing of read-only disks."""
    start = output if output.is_file() else output.absolute().parent
    place = next(path for path in (start, *start.parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(prefix=".", dir=place).cleanup()
    except OSError as error:
        raise ConfigError(f"`output={output}` cannot be written ({error.strerror})") from None
