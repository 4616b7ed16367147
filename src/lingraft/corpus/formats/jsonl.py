"""JSON lines: one object with a text, and perhaps an id and a group, on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from lingraft.corpus.formats.text_input import FilesInput
from lingraft.errors import InputError

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document


class JsonLines(FilesInput):
    """JSON lines, also compressed with gzip, xz or zstd."""

    format: Literal["jsonl"]

    text_field: str = "text"
    """Key of the text."""

    id_field: str | None = None
    """Key of the document's id; the same id in two languages is the same message."""

    suffixes: ClassVar[Sequence[str]] = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson")

    def read(self, path: Path) -> Iterator[Document | None]:
        """Yield the documents of one file, and None for empty lines.

        The id is the field `id_field`, or empty without one. A field `metadata` that is an object
        is kept; its `group` keeps documents on one side of the split.

        Raises:
            InputError: the file is damaged, or a line is not an object with the text.
        """
        from lingraft.corpus.documents import Document
        from lingraft.corpus.reading.fields import identifier_of, metadata_of, text_of
        from lingraft.corpus.reading.files import LONGEST_LINE, read_lines

        for number, line in enumerate(read_lines(path, LONGEST_LINE), 1):
            if not line.strip():
                yield None
                continue
            if len(line) > LONGEST_LINE:  # cut off, so not JSON: the cleaning drops and counts it
                yield Document("", line.decode("utf-8", "surrogateescape"))
                continue
            place = f"{path.name}, line {number}"
            content = _parse(line, place)
            text = text_of(_field(content, self.text_field, place), self.text_field, place)
            metadata = {**metadata_of(content.get("metadata"), place), "source": self.source}
            identifier = ""
            if self.id_field is not None:
                value = _field(content, self.id_field, place)
                identifier = identifier_of(value, self.id_field, place)
            yield Document(identifier, text, metadata)


def _parse(line: bytes, place: str) -> dict[str, Any]:
    try:
        content = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{place} is not an object of JSON but {type(content).__name__}")
    return content


def _field(content: dict[str, Any], name: str, place: str) -> Any:
    if name not in content:
        raise InputError(f"{place} has no field {name!r}; it has {', '.join(map(repr, content))}")
    return content[name]
