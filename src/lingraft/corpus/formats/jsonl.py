"""JSON lines: one object with a text, and perhaps an id and a group, on each line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft.config.corpora import JsonLinesInput
from lingraft.corpus.documents import Document
from lingraft.corpus.formats.files import find_files, read_lines
from lingraft.corpus.formats.text import LONGEST_LINE
from lingraft.errors import InputError

_SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson")


def read(files: Path, settings: JsonLinesInput) -> Iterator[Document]:
    """Yield documents whose ids are the field `id_field`, or `NAMESPACE/NUMBER` without one.

    A field `metadata` that is an object is kept; its `group` keeps documents on one side of the
    split.

    Raises:
        InputError: there are no such files, or a line is no object with the text.
    """
    namespace = settings.namespace or settings.source
    paths = find_files(files, settings.files, _SUFFIXES, settings.source)
    lines = (
        (path, *line) for path in paths for line in enumerate(read_lines(path, LONGEST_LINE), 1)
    )
    for number, (path, line_number, line) in enumerate(lines):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:  # cut off, so no JSON: the cleaning drops and counts it
            yield Document(f"{namespace}/{number}", line.decode("utf-8", "surrogateescape"))
            continue
        place = f"{path.name}, line {line_number}"
        content = _parse(line, place)
        text = _field(content, settings.text_field, place)
        identifier = f"{namespace}/{number}"
        if settings.id_field is not None:
            identifier = str(_field(content, settings.id_field, place))
        known = content.get("metadata")
        metadata = {**(known if isinstance(known, dict) else {}), "source": settings.source}
        yield Document(identifier, text, metadata)


def _parse(line: bytes, place: str) -> dict[str, Any]:
    try:
        content = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} is no valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{place} is no JSON object but {type(content).__name__}")
    return content


def _field(content: dict[str, Any], name: str, place: str) -> Any:
    if name not in content:
        raise InputError(f"{place} has no field {name!r}; it has {', '.join(map(repr, content))}")
    value = content[name]
    if not isinstance(value, str | int):
        raise InputError(f"{place}: field {name!r} is no text but {type(value).__name__}")
    return value
