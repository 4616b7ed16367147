"""Shell patterns of files inside a download."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator


def is_inside(path: str) -> bool:
    """Whether a relative path (or pattern) stays below the folder that it is relative to."""
    parts = PurePosixPath(path)
    return bool(path) and not parts.is_absolute() and ".." not in parts.parts


def is_kept(name: str, keep: Sequence[str]) -> bool:
    """Whether a path matches one of the patterns, or there are none."""
    return not keep or any(fnmatchcase(name, pattern) for pattern in keep)


def _require_inside(pattern: str) -> str:
    if not is_inside(pattern):
        raise ValueError(f"{pattern!r} must be a relative pattern without '..', such as '*.json'")
    return pattern


Pattern = Annotated[str, AfterValidator(_require_inside)]
