"""Counts the weights of a model from the headers of its safetensors files."""

import json
import math
from pathlib import Path

_LARGEST_HEADER = 1 << 26  # bytes of a header that is believed


def count_weights(folder: Path) -> int | None:
    """Number of weights in the safetensors files of a folder; None if there are none to count."""
    counts = [_count(path) for path in sorted(folder.glob("*.safetensors"))]
    known = [count for count in counts if count is not None]
    return sum(known) if counts and len(known) == len(counts) else None


def _count(path: Path) -> int | None:
    try:
        with path.open("rb") as stream:
            # A safetensors file begins with the length of its header (8 bytes), then the header as
            # JSON.
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, _LARGEST_HEADER)))
        header.pop("__metadata__", None)
        return sum(int(math.prod(entry["shape"])) for entry in header.values())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
