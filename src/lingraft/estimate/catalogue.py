"""Sizes and licenses of well-known downloads, and shapes of well-known models.

The two tables are in the folder `data`. Their column `how` says whether a size was read at its
source or is approximate. What they do not have is printed as unknown.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from lingraft.corpus.sources.local import LocalSource
from lingraft.corpus.sources.source import Source


@dataclass(frozen=True)
class Download:
    """What is known about a download in advance; None: unknown."""

    place: str
    size: int | None
    license: str
    is_exact: bool = False


@dataclass(frozen=True)
class ModelShape:
    """The sizes of a transformer on which the number of operations depends.

    `counted` are the weights of its body where the model itself was looked at, and `width` is that
    of its embeddings where it is not that of the layers.
    """

    layers: int
    dimension: int
    inner: int
    vocabulary: int
    counted: int | None = None
    width: int | None = None

    @property
    def body(self) -> int:
        """Weights in the matrices of all blocks: attention and feed-forward."""
        if self.counted is not None:
            return self.counted
        # Attention has four matrices (query, key, value, output), the feed-forward part two.
        return self.layers * (4 * self.dimension**2 + 2 * self.dimension * self.inner)


def look_up(source: Source) -> Download:
    """Size and license of a source, from its settings or from the catalogue."""
    place = source.origin
    if isinstance(source, LocalSource):
        return Download(place, _size_on_disk(Path(place)), source.license or "unknown", True)
    rows = [
        row for row in _rows("sources.csv") if (row["kind"], row["name"]) == (source.kind, place)
    ]
    fitting = [row for row in rows if row["keep"] in source.keep] or [
        row for row in rows if not row["keep"]
    ]
    row = fitting[0] if fitting else {"bytes": "", "license": "unknown", "how": ""}
    size = getattr(source, "size", None) or (int(row["bytes"]) if row["bytes"] else None)
    return Download(place, size, source.license or row["license"], row["how"] == "read")


def model_shape(source: Source, folder: str) -> ModelShape | None:
    """The shape of the model in a source: by its name, or by config.json where it is on disk."""
    if row := known_model(source):
        shape = (int(row[key]) for key in ("layers", "dimension", "inner", "vocabulary"))
        return ModelShape(*shape)
    if isinstance(source, LocalSource):
        return _read_shape(Path(source.path) / folder / "config.json")
    return None


def known_model(source: Source) -> dict[str, str] | None:
    """The row of the catalogue for the model in a source: its shape, objective and head."""
    place = source.origin
    return next((row for row in _rows("models.csv") if row["name"] == place), None)


def _read_shape(path: Path) -> ModelShape | None:
    try:
        content = json.loads(path.read_text("utf-8"))
        # n_embd, n_layer and n_inner are the names in the configuration of GPT-2.
        dimension = content.get("hidden_size") or content["n_embd"]
        return ModelShape(
            content.get("num_hidden_layers") or content["n_layer"],
            dimension,
            content.get("intermediate_size") or content.get("n_inner") or 4 * dimension,
            content["vocab_size"],
        )
    except (OSError, ValueError, KeyError):
        return None


def _size_on_disk(path: Path) -> int | None:
    if path.is_file():
        return path.stat().st_size
    if not path.is_dir():
        return None
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    return tuple(_read(name))


def _read(name: str) -> Iterator[dict[str, str]]:
    text = (files("lingraft.estimate") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
