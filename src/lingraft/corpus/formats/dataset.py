"""Datasets in the layouts that the `datasets` library reads: Parquet, JSON, CSV, Arrow, text."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.config.corpora import DatasetInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats.files import find_files
from lingraft.errors import InputError


def find(folder: Path, settings: DatasetInput) -> list[Path]:
    """The files that match `files`, or, without it, the folder itself.

    Raises:
        InputError: there are none.
    """
    if settings.files is None:
        return [folder]
    return find_files(folder, settings.files, (), settings.source)


def read(path: Path, settings: DatasetInput) -> Iterator[Document | None]:
    """Yield the documents of one split in a file or folder, and None for missing texts.

    The id is the column `id_field`, or empty without one. Datasets are streamed from the
    downloaded files: nothing is executed and nothing is cached.

    Raises:
        InputError: the files are no dataset, or it has no such split or column.
    """
    for row in _rows(path, settings):
        text = _column(row, settings.text_field, settings)
        identifier = ""
        if settings.id_field is not None:
            identifier = str(_column(row, settings.id_field, settings))
        is_text = isinstance(text, str)  # missing values are None
        yield Document(identifier, text, {"source": settings.source}) if is_text else None


def _rows(path: Path, settings: DatasetInput) -> Iterator[dict[str, Any]]:
    import datasets

    with tempfile.TemporaryDirectory() as cache:
        try:
            dataset = datasets.load_dataset(
                _loader(path),
                name=settings.configuration,
                data_files=None if path.is_dir() else {settings.split: str(path)},
                split=settings.split,
                streaming=True,
                cache_dir=cache,
            )
            yield from dataset
        except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
            raise InputError(
                f"source {settings.source} cannot be read as a dataset: {error}"
            ) from None


def _loader(path: Path) -> str:
    """The folder itself, or the name of the builder that fits the suffix of a file."""
    if path.is_dir():
        return str(path)
    suffix = Path(path.name.removesuffix(".gz").removesuffix(".zst")).suffix
    builders = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".txt": "text"}
    return builders.get(suffix, "json")


def _column(row: dict[str, Any], name: str, settings: DatasetInput) -> Any:
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, dict) or part not in value:
            raise InputError(
                f"the dataset of source {settings.source} has no column {name!r}; "
                f"it has {', '.join(map(repr, row))}"
            )
        value = value[part]
    return value
