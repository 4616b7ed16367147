"""The folder that a model is written to: checked before anything is computed."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lingraft.errors import ConfigError

_MARKS = ("initialization.json", "weights.npz")  # nothing but an initialization writes these


def require_output(output: Path, read: Mapping[str, Path]) -> None:
    """Refuse an output that cannot be written, or whose files are not ours to replace.

    An artifact replaces all that its folder holds. By hand that folder is easily a wrong one.

    Args:
        output: the folder to write; an earlier initialization there is replaced.
        read: what the initialization reads, by name.

    Raises:
        ConfigError: names the folder and what is wrong with it.
    """
    for name, path in read.items():
        if path.resolve() == output.resolve():
            raise ConfigError(f"--output {output} is the {name}; give a folder of its own")
    _require_writable(output)
    foreign = [path.name for path in sorted(output.glob("*")) if not path.name.startswith(".")]
    if foreign and not any((output / mark).is_file() for mark in _MARKS):
        raise ConfigError(
            f"--output {output} holds {foreign[0]} and no earlier initialization; "
            "give another folder, or empty this one"
        )


def _require_writable(output: Path) -> None:
    """Try it where the folder will be made: permissions alone say nothing of read-only disks."""
    start = output if output.is_file() else output.absolute().parent
    place = next(path for path in (start, *start.parents) if path.exists())
    try:
        tempfile.TemporaryDirectory(prefix=".", dir=place).cleanup()
    except OSError as error:
        raise ConfigError(f"--output {output} cannot be written ({error.strerror})") from None
