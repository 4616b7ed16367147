"""Repairs before a run: removes unfinished artifacts, corrects dates that are in the future."""

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

from lingraft.errors import InputError
from lingraft.outputs import MARK, clear_remains, is_unfinished

logger = logging.getLogger(__name__)


def clean_up(results: Path) -> None:
    """Remove unfinished artifacts and correct dates; only while no other run uses `results`."""
    for mark in sorted(results.rglob(MARK)):
        folder = mark.parent
        is_hidden = folder.name.startswith(".")  # what a program is still writing
        if not is_hidden and is_unfinished(folder):
            logger.info("%s is not finished: removing what is left of it", folder)
            clear_remains(folder)
    bring_back(results.rglob("*.json"))  # manifests and results: what rules read


def bring_back(files: Iterable[Path]) -> None:
    """Set dates in the future to now: Snakemake would fail all jobs that read such files.

    Raises:
        InputError: the date of a file may not be changed.
    """
    now = time.time()
    for path in files:
        if _date(path) > now:
            try:
                os.utime(path, (now, now))
            except OSError:
                raise InputError(explain_date([path], now)) from None


def require_past(files: Iterable[Path]) -> None:
    """Refuse files of the user with dates in the future, before any work is done.

    Raises:
        InputError: names one of them, and the command that repairs it.
    """
    now = time.time()
    ahead = [path for path in files if _date(path) > now + 1.0]
    if ahead:
        raise InputError(explain_date(ahead, now))


def explain_date(ahead: list[Path], now: float) -> str:
    """Why Snakemake cannot use files yet, and how to repair that."""
    first = max(ahead, key=_date)
    others = f" (and {len(ahead) - 1} more)" if len(ahead) > 1 else ""
    return (
        f"{first}{others} is dated {_date(first) - now:,.0f} seconds ahead of this machine's "
        f"clock, and Snakemake would refuse what is made from it; repair that with: touch {first}"
    )


def _date(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
