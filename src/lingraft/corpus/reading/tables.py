"""Rows of one table: Parquet, Arrow, CSV, JSON or lines of text, read without following anything.

The readers get one file and look at its values alone. Features that a file declares (images, sound)
are not decoded: they may name files and addresses elsewhere.
"""

import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from lingraft.corpus.compression import compression_of, unpacked_limit
from lingraft.corpus.reading.files import open_file, read_lines
from lingraft.errors import InputError, foreign

Row = Mapping[str, Any]
LONGEST = 64 << 20  # bytes of a line, characters of a JSON value
_BATCH = 100  # rows in memory
_BLOCK = 1 << 20
_SPACES = " \t\r\n"


def builder_of(path: Path) -> str | None:
    """What reads a file, by its name; None where nothing does."""
    name = path.name[: -len(path.suffix)] if compression_of(path) else path.name
    return _SUFFIXES.get(Path(name).suffix.lower())


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a file; each has the `columns` that the file has, and perhaps others.

    Raises:
        InputError: the file is damaged, or unpacks beyond all measure.
    """
    reader = _READERS[builder_of(path) or "json"]
    limit = unpacked_limit(path.stat().st_size)
    size = 0
    with foreign(str(path)):
        for row in reader(path, columns):
            size += 1 + sum(len(value) for value in row.values() if isinstance(value, str))
            if size > limit:
                raise InputError(f"{path} cannot be read: it unpacks to more than {limit} bytes")
            yield row


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    from pyarrow.parquet import ParquetFile

    with open_file(path) as stream:
        file = ParquetFile(stream)
        known = file.schema_arrow.names
        wanted = [name for name in columns if name in known]
        if len(wanted) < len(columns):
            yield dict.fromkeys(known)
            return
        limit = unpacked_limit(path.stat().st_size)
        for number in range(file.num_row_groups):
            size = file.metadata.row_group(number).total_byte_size
            if not 0 <= size <= limit:
                raise ValueError(f"a group of rows unpacks to {size} bytes")
        for batch in file.iter_batches(_BATCH, columns=wanted):
            yield from _rows_of(batch)


def _arrow(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    import pyarrow

    with open_file(path) as stream:
        content = stream if compression_of(path) is None else io.BytesIO(stream.read())
        try:
            # Arrow has a format for streams and one for files, and both use the same suffix.
            batches: Any = pyarrow.ipc.open_stream(content)
        except (OSError, pyarrow.ArrowInvalid):
            content.seek(0)
            file = pyarrow.ipc.open_file(content)
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
        for batch in batches:
            batch.validate(full=True)
            for start in range(0, len(batch), _BATCH):
                yield from _rows_of(batch.slice(start, _BATCH))


def _rows_of(batch: Any) -> Iterator[Row]:
    columns = {name: _values_of(batch.column(name)) for name in batch.schema.names}
    for row in range(len(batch)):
        yield {name: values[row] for name, values in columns.items()}


def _values_of(column: Any) -> list[Any]:
    """Python's values; bytes that are not UTF-8 become lone surrogates, as in all formats."""
    import pyarrow

    try:
        found: list[Any] = column.to_pylist()
    except UnicodeDecodeError:
        if pyarrow.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        large = pyarrow.types.is_large_string(column.type)
        raw = column.cast(pyarrow.large_binary() if large else pyarrow.binary()).to_pylist()
        found = [None if text is None else text.decode("utf-8", "surrogateescape") for text in raw]
    return found


def _csv(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    import pandas

    # pandas would make a number of "007" and a gap of "null" or "NA"; where rows are longer than
    # the header, it would take their first value for their name and move the others.
    options: dict[str, Any] = {
        "dtype": dict.fromkeys(columns, str),
        "keep_default_na": False,
        "na_values": [""],
        "index_col": False,
        "chunksize": 10_000,
    }
    with open_file(path) as stream, warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        separator = "\t" if ".tsv" in path.suffixes else ","
        for frame in pandas.read_csv(stream, sep=separator, **options):
            names = [str(name) for name in frame.columns]
            values = [frame[name].astype(object).where(frame[name].notna(), None) for name in frame]
            for row in zip(*(column.tolist() for column in values), strict=True):
                yield dict(zip(names, row, strict=True))


def _text(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    for line in read_lines(path, LONGEST):
        yield {"text": line.decode("utf-8", "surrogateescape")}


def _json(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """JSON lines, a list of objects, or a list of texts."""
    names: set[str] = set()
    for number, value in enumerate(_json_values(path), 1):
        row = {"text": value} if isinstance(value, str) else value
        if not isinstance(row, dict):
            kind = type(value).__name__
            raise InputError(f"{path}, entry {number}, is not an object of JSON but {kind}")
        names |= row.keys()
        yield {**dict.fromkeys(columns), **row}  # an entry may leave out what others have
    for name in columns:
        if names and name not in names:
            raise InputError(f"{path} has no column {name!r}; it has {', '.join(sorted(names))}")


def _json_values(path: Path) -> Iterator[Any]:
    with open_file(path) as stream:
        try:
            yield from _decoded(stream)
        except RecursionError:
            raise ValueError("it nests too deeply") from None


def _decoded(stream: BinaryIO) -> Iterator[Any]:
    text = io.TextIOWrapper(stream, "utf-8-sig", "surrogateescape", newline="")
    decoder = json.JSONDecoder()
    buffer = text.read(_BLOCK).lstrip(_SPACES)
    # A list is read value by value, with commas between: it is never in memory as a whole.
    between, is_open = _SPACES, buffer.startswith("[")
    if is_open:
        buffer, between = buffer[1:], _SPACES + ",]"
    position, size = 0, _BLOCK
    while True:
        while position < len(buffer) and buffer[position] in between:
            is_open = is_open and buffer[position] != "]"
            position += 1
        try:
            value, end = decoder.raw_decode(buffer, position)
        except json.JSONDecodeError:
            if len(buffer) - position > LONGEST:
                raise
            # The value may only be cut at the end of the buffer. Twice as much is read each time,
            # since decoding begins again at the start of the value.
            block = text.read(size)
            if not block and position < len(buffer):
                raise
            if not block and is_open:
                raise ValueError("its list has no end: it is cut off") from None
            if not block:
                return
            buffer, position, size = buffer[position:] + block, 0, 2 * size
            continue
        yield value
        position, size = end, _BLOCK


_READERS: Mapping[str, Callable[[Path, Sequence[str]], Iterator[Row]]] = {
    "parquet": _parquet,
    "arrow": _arrow,
    "csv": _csv,
    "json": _json,
    "text": _text,
}
_SUFFIXES = {
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".gpq": "parquet",
    ".arrow": "arrow",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".txt": "text",
}
