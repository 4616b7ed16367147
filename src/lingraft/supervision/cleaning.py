"""What is put right before a run: remains of unfinished artifacts, and dates ahead of the clock."""

import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path

from lingraft.errors import InputError
from lingraft.outputs import MARK, clear_remains, is_unfinished

logger = logging.getLogger(__name__)


def clean_up(results: Path) -> None:
    """Remove unfinished artifacts and bring dates back; while nobody else works in `results`."""
    for mark in sorted(results.rglob(MARK)):
        folder = mark.parent
        is_hidden = folder.name.startswith(".")  # what a program is still writing
        if not is_hidden and is_unfinished(folder):
            logger.info("%s is not finished: removing what is left of it", folder)
            clear_remains(folder)
    bring_back(results.rglob("*.json"))  # manifests and results: what rules read


def bring_back(files: Iterable[Path]) -> None:
    """Date files that are ahead of the clock to now: Snakemake would fail all jobs that read them.

    Raises:
        InputError: one may not be changed.
    """
    now = time.time()
    for path in files:
        if _date(path) > now:
            try:
                os.utime(path, (now, now))
            except OSError:
                raise InputError(explain_date([path], now)) from None


def require_past(files: Iterable[Path]) -> None:
    """Refuse files of the user's own that are dated ahead of the clock, before any work is done.

    Raises:
        InputError: names one of them, and the command that mends it.
    """
    now = time.time()
    ahead = [path for path in files if _date(path) > now + 1.0]
    if ahead:
        raise InputError(explain_date(ahead, now))


def explain_date(ahead: list[Path], now: float) -> str:
    """Why files cannot be used yet, and what to do."""
    first = max(ahead, key=_date)
    others = f" (and {len(ahead) - 1} more)" if len(ahead) > 1 else ""
    return (
        f"{first}{others} is dated {_date(first) - now:,.0f} seconds ahead of this machine's "
        f"clock, and Snakemake would refuse what is made from it; mend that with: touch {first}"
    )


def _date(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
