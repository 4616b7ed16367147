"""The lines of metrics.jsonl for TensorBoard, by option."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lingraft.errors import ConfigError

FOLDER = "tensorboard"
_NO_CURVES = frozenset({"kind", "step", "processes"})


def require_tensorboard() -> None:
    """Refuse to begin where the package is missing.

    Raises:
        ConfigError: it is not installed.
    """
    if find_spec("tensorboard") is None:
        raise ConfigError(
            "`tensorboard=true` needs the package tensorboard: pip install 'lingraft[tensorboard]'"
        )


class Board:
    """Writes curves, one for each number of a line, under its kind (train, valid)."""

    def __init__(self, folder: Path, after: int) -> None:
        """Open `folder`; what an earlier start wrote after step `after` is hidden."""
        from torch.utils.tensorboard import SummaryWriter

        # -1: a new training, nothing to hide.
        purge = after + 1 if after >= 0 else None
        self._writer: Any = SummaryWriter(str(folder), purge_step=purge)

    def add(self, line: Mapping[str, Any]) -> None:
        """Add the numbers of a line of the metrics at its step."""
        for key, value in line.items():
            if key not in _NO_CURVES and isinstance(value, int | float):
                self._writer.add_scalar(f"{line['kind']}/{key}", value, line["step"])
        for corpus, scores in line.get("corpora", {}).items():
            for metric, value in scores.items():
                name = f"{line['kind']}/{metric} of {corpus}"
                self._writer.add_scalar(name, value, line["step"])
        for place, rate in line.get("lr", {}).items():
            self._writer.add_scalar(f"{line['kind']}/lr of {place}", rate, line["step"])

    def close(self) -> None:
        """Have everything on disk."""
        self._writer.close()
