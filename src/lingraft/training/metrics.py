"""metrics.jsonl: one line per event, appended across restarts without gaps or doubles.

While a training runs, every line has a digest of itself. In the finished model the manifest has
the file's digest, and the lines have none of their own.
"""

import json
import logging
import math
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lingraft.artifacts import atomic_path
from lingraft.artifacts.sealed import seal_line, unseal_line
from lingraft.outputs import sync

logger = logging.getLogger(__name__)

METRICS = "metrics.jsonl"


class MetricsFile:
    """The metrics of one training; only the main process writes them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rewind(self, step: int) -> None:
        """Drop the lines after `step`, whose steps will be repeated; at -1 all lines.

        Damaged lines are dropped with a warning; a copy of the file is then kept beside it.
        """
        if not self.path.exists():
            return
        lines = self._lines()
        if None in lines and step >= 0:
            aside = self.path.with_name(f"{METRICS}.damaged")
            shutil.copyfile(self.path, aside)
            logger.warning("%s is damaged; a copy of it is kept as %s", self.path, aside.name)
        kept = [line for line in self._whole(lines) if line["step"] <= step]
        _write(self.path, map(seal_line, kept))

    def append(self, line: dict[str, Any]) -> None:
        """Add a line; numbers that are not finite become null, because JSON has none."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(seal_line(_finite(line)) + "\n")

    def sync(self) -> None:
        """Write all lines to the disk: a committed checkpoint promises that they are there."""
        if self.path.exists():
            sync(self.path)

    def read(self) -> list[dict[str, Any]]:
        """All whole lines; a line that is cut off or damaged is left out."""
        return self._whole(self._lines())

    def export(self, path: Path) -> None:
        """Write the whole lines for readers, without their digests."""
        _write(path, map(json.dumps, self.read()))

    def _lines(self) -> list[dict[str, Any] | None]:
        # Bytes, because a damaged line may not be valid UTF-8.
        return [unseal_line(text) for text in self.path.read_bytes().splitlines()]

    def _whole(self, lines: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
        whole = []
        for number, line in enumerate(lines, 1):
            if line is None:
                logger.warning(
                    "line %d of %s is damaged, or of an earlier version, and left out",
                    number,
                    self.path,
                )
            else:
                whole.append(line)
        return whole


def _write(path: Path, lines: Iterable[str]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
