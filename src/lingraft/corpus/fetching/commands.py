"""Calling package managers, whose complaints become one line."""

import logging
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lingraft.errors import InputError
from lingraft.redaction import hide_secrets

logger = logging.getLogger(__name__)

_COMPLAINT = re.compile(r"^(?:E:|ERROR:|npm (?:ERR!|error))\s*(.*\S)", re.M)


def call(command: Sequence[str], *, purpose: str, missing: str, folder: Path | None = None) -> str:
    """Run a program and return what it printed.

    Args:
        command: program and arguments; no shell is involved.
        purpose: what failed if it fails, as in "cannot download the Debian package x".
        missing: what to do where the program is not installed.
        folder: working folder.

    Raises:
        InputError: the program is not installed, or failed.
    """
    # Messages are in English, whatever the user's language, because one line of them is shown.
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    logger.info("%s", hide_secrets(" ".join(command)))
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, errors="replace"
        )
    except FileNotFoundError:
        raise InputError(f"{purpose}: {command[0]} is not installed; {missing}") from None
    if done.returncode != 0:
        raise InputError(f"{purpose}: {_complaint(done.stderr or done.stdout)}")
    return done.stdout


def _complaint(output: str) -> str:
    """The lines in which a package manager says what is wrong, without secrets."""
    lines = _COMPLAINT.findall(output) or output.strip().splitlines()[-1:] or ["no reason given"]
    distinct = list(dict.fromkeys(lines))
    return hide_secrets("; ".join(distinct[:3]))
