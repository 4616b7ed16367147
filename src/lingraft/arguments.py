"""How values become arguments of our programs, and values again: one place for both directions.

Linux takes at most 128 KiB as one argument, and a job's command is one: longer texts are packed.
"""

import base64
import shlex
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from lingraft.errors import ConfigError

LONGEST = 60_000  # bytes; quoting and other arguments need room too
VERSION_KEY = "stage_version"  # a key beside settings that only Snakemake compares
_PACKED = "packed:"
_LARGEST = 1 << 26  # bytes of the unpacked text


def pack(text: str) -> str:
    """The text itself; a shorter form for `unpack` if it is too long for an argument."""
    data = text.encode()
    if len(data) <= LONGEST:
        return text
    return _PACKED + base64.b64encode(zlib.compress(data, 9)).decode()


def unpack(text: str) -> str:
    """The text that was given to `pack`; any other text is returned as it is.

    Raises:
        ConfigError: the packed text is damaged or unpacks to too much.
    """
    if not text.startswith(_PACKED):
        return text
    try:
        reader = zlib.decompressobj()
        data = reader.decompress(base64.b64decode(text[len(_PACKED) :], validate=True), _LARGEST)
        if not reader.eof:
            raise ValueError("it is cut off or too large")
        return data.decode()
    except (ValueError, zlib.error) as error:
        raise ConfigError(f"the packed settings are damaged: {error}") from None


def command_words(arguments: Mapping[str, object]) -> str:
    """Arguments as words of a shell, quoted: `--source-model results/x --seed 1`.

    Args:
        arguments: parameter of a program -> value; true and false are written as YAML does.
    """
    words: list[str] = []
    for name, value in arguments.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        words += ["--" + name.replace("_", "-"), text]
    return shlex.join(words)


def join_named(folders: Mapping[str, Path]) -> str:
    """`name=folder,name=folder`: several inputs that have names."""
    return ",".join(f"{name}={folder}" for name, folder in folders.items())


def named_folders(text: str) -> dict[str, Path]:
    """What was given to `join_named`.

    Raises:
        ConfigError: a part is not `name=folder`.
    """
    found = {}
    for part in filter(None, text.split(",")):
        name, equals, folder = part.partition("=")
        if not equals or not name or not folder:
            raise ConfigError(f"expected name=folder, got {part!r}")
        found[name] = Path(folder)
    return found


def join_paths(paths: Iterable[Path]) -> str:
    """`path,path`: several inputs whose order alone matters."""
    return ",".join(map(str, paths))


def split_paths(text: str) -> list[Path]:
    """What was given to `join_paths`."""
    return [Path(part) for part in text.split(",") if part]
