"""Whether a Debian package exists, by the package lists of this machine."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lingraft.corpus.sources.debian import DebianSource
from lingraft.corpus.sources.source import Source

_LISTS = Path("/var/lib/apt/lists")
_KNOWN = re.compile(r"^(\S+):$", re.M)  # what `apt-cache policy` begins a package with


def missing_packages(sources: Mapping[str, Source], lists: Path = _LISTS) -> set[str]:
    """Names of the sources whose Debian package is in none of this machine's lists.

    A machine without lists, and packages of other kinds, are not checked.

    Args:
        sources: by their names.
        lists: where apt keeps its lists.
    """
    packages = {name: s.package for name, s in sources.items() if isinstance(s, DebianSource)}
    if not packages or not any(lists.glob("*_Packages*")):
        return set()
    try:
        # LC_ALL=C: apt would translate its output.
        done = subprocess.run(
            ["apt-cache", "policy", *sorted(set(packages.values()))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=os.environ | {"LC_ALL": "C"},
        )
    except FileNotFoundError:
        return set()
    if done.returncode:
        return set()
    known = set(_KNOWN.findall(done.stdout))
    return {name for name, package in packages.items() if package not in known}
