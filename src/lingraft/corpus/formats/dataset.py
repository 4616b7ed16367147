"""Datasets in the layouts that the hub knows: Parquet, JSON, CSV, Arrow or text, split by name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.config.corpora import DatasetInput
from lingraft.corpus.documents import Document
from lingraft.corpus.reading.fields import identifier_of, text_of
from lingraft.corpus.reading.files import find_files
from lingraft.corpus.reading.layout import files_of_split
from lingraft.corpus.reading.tables import Row, read_rows
from lingraft.errors import InputError


def find(folder: Path, settings: DatasetInput) -> list[Path]:
    """The files that match `files`, or, without it, those of the split.

    Raises:
        InputError: there are none.
    """
    if settings.files is None:
        return files_of_split(folder, settings)
    return find_files(folder, settings.files, (), settings.source)


def read(path: Path, settings: DatasetInput) -> Iterator[Document | None]:
    """Yield the documents of one file, and None for missing texts.

    The id is the column `id_field`, or empty without one. Nothing but the file is read, nothing is
    executed and nothing is cached.

    Raises:
        InputError: the file is not a table, it has no such column, or a value is not a text.
    """
    fields = [settings.text_field, *([settings.id_field] if settings.id_field else [])]
    columns = list(dict.fromkeys(field.partition(".")[0] for field in fields))
    metadata = {"source": settings.source}
    for number, row in enumerate(read_rows(path, columns), 1):
        place = f"{path.name}, row {number}"
        text = _column(row, settings.text_field, settings)
        identifier = ""
        if settings.id_field is not None:
            value = _column(row, settings.id_field, settings)
            identifier = identifier_of(value, settings.id_field, place)
        if text is None:
            yield None
        else:
            yield Document(identifier, text_of(text, settings.text_field, place), metadata)


def _column(row: Row, name: str, settings: DatasetInput) -> Any:
    value: Any = row
    for part in name.split("."):
        if value is None and part != name.partition(".")[0]:
            return None
        if not isinstance(value, dict) or part not in value:
            raise InputError(
                f"the dataset of source {settings.source} has no column {name!r}; "
                f"it has {', '.join(map(repr, row))}"
            )
        value = value[part]
    return value
