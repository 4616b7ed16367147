"""Counts the weights of a model from the headers of its safetensors files."""

import json
import math
from pathlib import Path

_LARGEST_HEADER = 1 << 26  # bytes of a header that is believed


def count_weights(folder: Path) -> int | None:
    """Number of weights in the safetensors files of a folder; None if there are none to count."""
    shapes = weight_shapes(folder)
    return None if shapes is None else sum(map(math.prod, shapes.values()))


def weights_of_row(folder: Path, rows: int) -> int | None:
    """Weights that one row more or less makes in the tables with so many rows: embeddings, an
    untied head, a bias. None if there is no such table.
    """
    shapes = weight_shapes(folder) or {}
    found = [math.prod(shape[1:]) for shape in shapes.values() if shape[:1] == [rows]]
    return sum(found) or None


def weight_shapes(folder: Path) -> dict[str, list[int]] | None:
    """The shape of each tensor in the safetensors files of a folder, by its name.

    Returns:
        The shapes, or None if there is no such file or one of them cannot be read.
    """
    paths = sorted(folder.glob("*.safetensors"))
    found = [_read(path) for path in paths]
    known = {
        name: shape for shapes in found if shapes is not None for name, shape in shapes.items()
    }
    return known if found and None not in found else None


def _read(path: Path) -> dict[str, list[int]] | None:
    try:
        with path.open("rb") as stream:
            # A safetensors file begins with the length of its header (8 bytes), then the header as
            # JSON.
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, _LARGEST_HEADER)))
        header.pop("__metadata__", None)
        return {name: [int(length) for length in entry["shape"]] for name, entry in header.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
