"""Datasets in the layouts that the hub knows: Parquet, JSON, CSV, Arrow or text, split by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from lingraft.corpus.formats.text_input import FilesInput
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document
    from lingraft.corpus.reading.tables import Row


class DatasetText(FilesInput):
    """A dataset in the layouts of the Hugging Face hub: Parquet, JSON, CSV, Arrow or text."""

    format: Literal["dataset"]

    configuration: str | None = None
    """Name of the dataset's configuration (subset), if its README.md lists several."""

    split: str = "train"
    """Split to read."""

    text_field: str = "text"
    """Column of the text; dots lead into nested columns, as in `translation.de`."""

    id_field: str | None = None
    """Column of the document's id; the same id in two languages is the same message."""

    def find(self, folder: Path) -> list[Path]:
        """The files that match `files`, or, without it, those of the split.

        Raises:
            InputError: there are none.
        """
        from lingraft.corpus.reading.layout import files_of_split

        if self.files is not None:
            return super().find(folder)
        return files_of_split(folder, self.source, self.configuration, self.split)

    def read(self, path: Path) -> Iterator[Document | None]:
        """Yield the documents of one file, and None for missing texts.

        The id is the column `id_field`, or empty without one. Nothing but the file is read, nothing
        is executed and nothing is cached.

        Raises:
            InputError: the file is not a table, it has no such column, or a value is not a text.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.fields import identifier_of, text_of
        from lingraft.corpus.reading.tables import read_rows

        fields = [self.text_field, *([self.id_field] if self.id_field else [])]
        columns = list(dict.fromkeys(field.partition(".")[0] for field in fields))
        metadata = {"source": self.source}
        for number, row in enumerate(read_rows(path, columns), 1):
            place = f"{path.name}, row {number}"
            text = self._column(row, self.text_field)
            identifier = ""
            if self.id_field is not None:
                value = self._column(row, self.id_field)
                identifier = identifier_of(value, self.id_field, place)
            if text is None:
                yield None
            else:
                yield Document(identifier, text_of(text, self.text_field, place), metadata)

    def _column(self, row: Row, name: str) -> Any:
        value: Any = row
        for part in name.split("."):
            if value is None and part != name.partition(".")[0]:
                return None
            if not isinstance(value, dict) or part not in value:
                raise InputError(
                    f"the dataset of source {self.source} has no column {name!r}; "
                    f"it has {', '.join(map(repr, row))}"
                )
            value = value[part]
        return value
