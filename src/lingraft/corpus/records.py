"""Texts of a folder: a corpus artifact, or any folder with the same files.

Each file may be plain (`valid.jsonl`) or compressed (`valid.jsonl.zst`).
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from lingraft.artifacts import CorpusFacts, digest_file, open_given
from lingraft.corpus.documents import Document, read_json_lines
from lingraft.errors import InputError


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_HasId)


def read_records(folder: Path, stem: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of `<stem>.jsonl` or `<stem>.jsonl.zst` in a folder.

    Raises:
        InputError: neither file exists, or a line is not a JSON object; the message names the line.
    """
    path = find_records(folder, stem)
    if path.suffix == ".zst":
        yield from read_json_lines(path)
        return
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _parse(line, path, number)


def find_records(folder: Path, stem: str) -> Path:
    """The path of `<stem>.jsonl.zst` or `<stem>.jsonl` in a folder.

    Raises:
        InputError: neither exists.
    """
    for name in (f"{stem}.jsonl.zst", f"{stem}.jsonl"):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{folder} has neither {stem}.jsonl.zst nor {stem}.jsonl")


def check_records(folder: Path, stem: str) -> str | None:
    """Check this file of a corpus alone, as it alone is read; its SHA-256, None for plain folders.

    Raises:
        InputError: there is no such file.
        ArtifactError: the file is not what the corpus's manifest says.
    """
    path = find_records(folder, stem)
    corpus = open_given(folder, CorpusFacts, partly=True)
    if corpus is None:
        return None
    corpus.file(path.name)
    return str(corpus.manifest.files[path.name]["sha256"])


def digest_records(folder: Path, stem: str) -> str:
    """The SHA-256 of this file of a corpus or a plain folder; what a manifest says is checked.

    Raises:
        InputError: there is no such file.
        ArtifactError: the file is not what the corpus's manifest says.
    """
    return check_records(folder, stem) or digest_file(find_records(folder, stem))


def stems_of_records(folder: Path) -> list[str]:
    """The stems of the files with records in a folder, sorted."""
    return sorted({path.name.partition(".")[0] for path in folder.glob("*.jsonl*")})


def has_records(folder: Path, stem: str) -> bool:
    """Whether a folder has `<stem>.jsonl.zst` or `<stem>.jsonl`."""
    return any((folder / f"{stem}.jsonl{suffix}").is_file() for suffix in (".zst", ""))


def read_texts(folder: Path, split: str = "valid") -> list[Document]:
    """The documents of one split.

    Raises:
        InputError: the file is missing or malformed.
    """
    return list(stream_texts(folder, split))


def stream_texts(folder: Path, split: str) -> Iterator[Document]:
    """Yield the documents of one split, which may be larger than memory.

    Raises:
        InputError: the file is missing or malformed.
    """
    for number, record in enumerate(read_records(folder, split)):
        yield Document(
            str(record.get("id", number)),
            field_of(record, "text", folder, split),
            record.get("metadata") or {},
        )


def held_out_documents(folder: Path, count: int | None) -> list[Document]:
    """The held-out documents that models are scored on: a draw, without those that are blank.

    Args:
        folder: the corpus.
        count: how many are drawn; None takes all.

    Raises:
        InputError: the file is missing or malformed.
    """
    return [document for document in draw(read_texts(folder), count) if document.text.strip()]


def field_of(record: Mapping[str, Any], key: str, folder: Path, split: str) -> Any:
    """A value of a record.

    Args:
        record: an object of a file.
        key: of the value.
        folder: where the file is, for the message.
        split: name of the file without its endings, for the message.

    Raises:
        InputError: the record does not have it.
    """
    if key not in record:
        raise InputError(f'{folder / split}.jsonl: a line has no "{key}" (it has {sorted(record)})')
    return record[key]


def draw(items: Iterable[Item], count: int | None) -> list[Item]:
    """`count` items chosen by the hash of their ids, in the order of their ids.

    The choice depends on the ids alone, so languages that share ids share the choice, and a
    longer corpus changes it as little as possible. Of more items than memory holds, no more than
    `count` are kept.
    """
    if count is not None:
        items = heapq.nsmallest(
            count, items, key=lambda item: hashlib.sha256(item.id.encode()).digest()
        )
    return sorted(items, key=lambda item: item.id)


def _parse(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}, line {number} is not valid JSON: {error}") from None
    if not isinstance(record, dict):
        raise InputError(f"{path}, line {number} is not a JSON object")
    return record
