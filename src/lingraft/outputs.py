"""Where results may be written: never over what is read, nor over files of others.

An artifact replaces all files of its folder, and by hand that folder is easily a wrong one. A
hidden mark says that the files are ours to replace; the manifest cannot say it, because Snakemake
deletes what it makes again.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lingraft.errors import ConfigError

MANIFEST = "manifest.json"  # of an artifact; written last, so that without it nothing is there
MARK = ".lingraft"


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
        if place in (path.resolve(), *path.resolve().parents):
            raise ConfigError(
                f"--output {output} would replace what is in the {name} {path}; "
                "name a folder of its own"
            )
    _require_writable(output)
    require_own(output)


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
                f"{folder} holds {path.name}, which is not of an earlier result and would be "
                "deleted; name another folder, or empty this one"
            )


def make_own(folder: Path) -> None:
    """Create a folder if need be, and mark its files as ours to replace."""
    folder.mkdir(exist_ok=True)
    (folder / MARK).touch()


def _require_writable(output: Path) -> None:
    """Try it where the folder will be made: permissions alone say nothing of read-only disks."""
    start = output if output.is_file() else output.absolute().parent
    place = next(path for path in (start, *start.parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(prefix=".", dir=place).cleanup()
    except OSError as error:
        raise ConfigError(f"--output {output} cannot be written ({error.strerror})") from None
