"""Documents and translation pairs, as compressed JSON lines that datatrove reads too."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
import zstandard

from lingraft.artifacts import atomic_path
from lingraft.corpus.compression import DAMAGE, open_compressed
from lingraft.errors import InputError

# In the metadata of a document that a normalizer has written anew.
ORIGINAL = "text_before_normalizer"


@dataclass(frozen=True, slots=True)
class Document:
    """A text with an id that is the same in every language, and what else is known of it."""

    id: str
    text: str
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse values of another type; readers check them first and say where they are.

        Raises:
            InputError: the id or the text is not a text, or the metadata not a mapping.
        """
        if not (
            isinstance(self.id, str)
            and isinstance(self.text, str)
            and isinstance(self.metadata, dict)
        ):
            raise InputError(f"document {self.id!r:.60}: its id and text must be texts")

    @property
    def original(self) -> str:
        """The text as people write it: the text itself unless it is normalized."""
        return str(self.metadata.get(ORIGINAL, self.text))

    @property
    def bytes(self) -> int:
        """Bytes of UTF-8 of the original text: so bits per byte compare normalized and other
        text."""
        return len(self.original.encode())


@dataclass(frozen=True, slots=True)
class Pair:
    """A message in two languages; `source` is the pivot's text."""

    id: str
    source: str
    target: str


def read_documents(path: Path) -> Iterator[Document]:
    """Read documents (`{"id", "text", "metadata"}`) in the order of the file.

    Raises:
        InputError: the file does not exist, is cut off or is not such a file.
    """
    for number, line in enumerate(read_json_lines(path), 1):
        if not isinstance(line, dict) or not {"id", "text"} <= line.keys():
            raise InputError(f"{path}, line {number}, is not a document with an id and a text")
        yield Document(line["id"], line["text"], line.get("metadata") or {})


def read_pairs(path: Path) -> Iterator[Pair]:
    """Read pairs (`{"id", "source", "target"}`) in the order of the file.

    Raises:
        InputError: the file does not exist, is cut off or is not such a file.
    """
    for line in read_json_lines(path):
        yield Pair(line["id"], line["source"], line["target"])


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read the objects of a zstd-compressed file of JSON lines.

    Raises:
        InputError: the file does not exist, is cut off or is not such a file.
    """
    count = 0
    try:
        with path.open("rb") as raw:
            for line in open_compressed(raw, "zst"):
                yield orjson.loads(line)
                count += 1
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except DAMAGE as error:  # orjson's is a ValueError
        raise InputError(f"{path}, line {count + 1}, is damaged ({error}); make it again") from None


_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_SERIALIZE_NUMPY


class JsonLinesWriter:
    """Writes objects as lines of JSON into an open zstd stream and counts them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def write(self, content: Any) -> None:
        """Write one dataclass or mapping as a line."""
        self._stream.write(orjson.dumps(content, option=_OPTIONS))
        self.count += 1


@contextmanager
def open_json_lines(path: Path, level: int = 3) -> Iterator[JsonLinesWriter]:
    """Yield a writer whose file appears at `path` when the block succeeds.

    Args:
        path: the file to write.
        level: of the compression, 1 to 22.
    """
    compressor = zstandard.ZstdCompressor(level=level)
    with (
        atomic_path(path) as temporary,
        temporary.open("wb") as raw,
        cast(BinaryIO, compressor.stream_writer(raw)) as stream,
    ):
        yield JsonLinesWriter(stream)


def write_lines(path: Path, items: Iterable[Document] | Iterable[Pair]) -> int:
    """Write documents or pairs atomically and return how many."""
    with open_json_lines(path) as writer:
        for item in items:
            writer.write(item)
    return writer.count
