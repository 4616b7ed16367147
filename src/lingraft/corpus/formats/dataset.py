"""Datasets in the layouts that the `datasets` library reads: Parquet, JSON, CSV, Arrow, text."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.config.corpora import DatasetInput
from lingraft.corpus.documents import Document
from lingraft.errors import InputError


def read(files: Path, settings: DatasetInput) -> Iterator[Document]:
    """Yield documents of one split; ids are the column `id_field`, or `NAMESPACE/NUMBER`.

    Datasets are streamed from the downloaded files: nothing is executed and nothing is cached.

    Raises:
        InputError: the files are no dataset, or it has no such split or column.
    """
    namespace = settings.namespace or settings.source
    for number, row in enumerate(_rows(files, settings)):
        text = _column(row, settings.text_field, settings)
        identifier = f"{namespace}/{number}"
        if settings.id_field is not None:
            identifier = str(_column(row, settings.id_field, settings))
        if isinstance(text, str):  # missing values are None
            yield Document(identifier, text, {"source": settings.source})


def _rows(files: Path, settings: DatasetInput) -> Iterator[dict[str, Any]]:
    import datasets

    pattern = str(files / settings.files) if settings.files else None
    with tempfile.TemporaryDirectory() as cache:
        try:
            dataset = datasets.load_dataset(
                *_loader(files, settings),
                name=settings.configuration,
                data_files={settings.split: pattern} if pattern else None,
                split=settings.split,
                streaming=True,
                cache_dir=cache,
            )
            yield from dataset
        except (ValueError, OSError, datasets.exceptions.DatasetsError) as error:
            raise InputError(
                f"source {settings.source} cannot be read as a dataset: {error}"
            ) from None


def _loader(files: Path, settings: DatasetInput) -> tuple[str]:
    """The folder itself, or, for a pattern, the name of the builder that fits its suffix."""
    if settings.files is None:
        return (str(files),)
    suffix = Path(settings.files.removesuffix(".gz").removesuffix(".zst")).suffix
    builders = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".txt": "text"}
    return (builders.get(suffix, "json"),)


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
