"""metrics.jsonl: one line per event, appended across restarts without gaps or doubles."""

import json
import logging
import math
import os
from pathlib import Path
from typing import Any

from lingraft.artifacts import atomic_path

logger = logging.getLogger(__name__)

METRICS = "metrics.jsonl"


class MetricsFile:
    """The metrics of one training; only the main process writes them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rewind(self, step: int) -> None:
        """Drop what lies after `step`: it will be done again. At -1 all."""
        if not self.path.exists():
            return
        kept = [line for line in self.read() if line["step"] <= step]
        with atomic_path(self.path) as temporary:
            temporary.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")

    def append(self, line: dict[str, Any]) -> None:
        """Add a line; what is not finite becomes null, as JSON wants it."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(_finite(line)) + "\n")

    def sync(self) -> None:
        """Have all lines on disk: a committed checkpoint stands for what came before it."""
        if self.path.exists():
            with self.path.open("a", encoding="utf-8") as stream:
                os.fsync(stream.fileno())

    def read(self) -> list[dict[str, Any]]:
        """All whole lines; one that a crash cut off, or the disk spoilt, is left out."""
        lines = []
        for number, text in enumerate(self.path.read_bytes().splitlines(), 1):
            try:
                line = json.loads(text)
                lines.append({**line, "step": int(line["step"])})
            except (ValueError, TypeError, KeyError):
                logger.warning("line %d of %s is damaged and left out", number, self.path)
        return lines


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
