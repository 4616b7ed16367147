"""JSON lines: one object with a text, and perhaps an id and a group, on each line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.config.corpora import JsonLinesInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats.text import LONGEST_LINE
from lingraft.corpus.reading.fields import identifier_of, metadata_of, text_of
from lingraft.corpus.reading.files import find_files, read_lines
from lingraft.errors import InputError

_SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson")


def find(folder: Path, settings: JsonLinesInput) -> list[Path]:
    """The files of an input.

    Raises:
        InputError: there are none.
    """
    return find_files(folder, settings.files, _SUFFIXES, settings.source)


def read(path: Path, settings: JsonLinesInput) -> Iterator[Document | None]:
    """Yield the documents of one file, and None for empty lines.

    The id is the field `id_field`, or empty without one. A field `metadata` that is an object is
    kept; its `group` keeps documents on one side of the split.

    Raises:
        InputError: the file is damaged, or a line is not an object with the text.
    """
    for number, line in enumerate(read_lines(path, LONGEST_LINE), 1):
        if not line.strip():
            yield None
        elif len(line) > LONGEST_LINE:  # cut off, so no JSON: the cleaning drops and counts it
            yield Document("", line.decode("utf-8", "surrogateescape"))
        else:
            yield _document(line, f"{path.name}, line {number}", settings)


def _document(line: bytes, place: str, settings: JsonLinesInput) -> Document:
    content = _parse(line, place)
    text = text_of(_field(content, settings.text_field, place), settings.text_field, place)
    metadata = {**metadata_of(content.get("metadata"), place), "source": settings.source}
    identifier = ""
    if settings.id_field is not None:
        value = _field(content, settings.id_field, place)
        identifier = identifier_of(value, settings.id_field, place)
    return Document(identifier, text, metadata)


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
