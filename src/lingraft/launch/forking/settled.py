"""What a program sets in the environment for its libraries, which read it when they are imported.

A zygote imports with the values that an earlier job of its program has set. A job that wants others
is refused before it has done anything, and starts ordinarily.
"""

import os
from collections.abc import Mapping

_settled: dict[str, str] = {}
_imported_with: dict[str, str] | None = None  # the environment of imports that are done


class UnlikeError(BaseException):
    """The libraries were imported with another environment; no program may handle this."""


def settle(name: str, value: str) -> None:
    """Set a variable of the environment that libraries read when they are imported.

    Raises:
        UnlikeError: they were imported with another value.
    """
    if _imported_with is not None and _imported_with.get(name) != value:
        raise UnlikeError(name)
    os.environ[name] = _settled[name] = value


def settled() -> Mapping[str, str]:
    """What this process has set so."""
    return dict(_settled)


def import_with(values: Mapping[str, str]) -> None:
    """Set what an earlier job has set; from now on, imports have read it."""
    global _imported_with
    os.environ.update(values)
    _imported_with = dict(os.environ)
