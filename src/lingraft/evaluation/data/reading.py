"""The texts that models are measured on: held-out documents, translated pairs, labelled examples.

A folder is a corpus artifact of the workflow, or any folder with the same files; each file may be
plain (`valid.jsonl`) or compressed (`valid.jsonl.zst`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from lingraft.artifacts import CorpusFacts, Facts, open_given
from lingraft.corpus.documents import Document, Pair, read_json_lines
from lingraft.errors import InputError


@dataclass(frozen=True)
class Example:
    """A labelled text; `second` is the hypothesis or other half of a pair task."""

    id: str
    text: str
    label: str
    second: str | None = None


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


def has_records(folder: Path, stem: str) -> bool:
    """Whether a folder has `<stem>.jsonl.zst` or `<stem>.jsonl`."""
    return any((folder / f"{stem}.jsonl{suffix}").is_file() for suffix in (".zst", ""))


def read_texts(folder: Path, split: str = "valid") -> list[Document]:
    """The documents of one split.

    Raises:
        InputError: the file is missing or malformed.
    """
    return [
        Document(
            str(record.get("id", number)),
            _field(record, "text", folder, split),
            record.get("metadata") or {},
        )
        for number, record in enumerate(read_records(folder, split))
    ]


def read_examples(folder: Path, split: str) -> list[Example]:
    """Labelled texts: `{"text", "label"}`, or `{"premise", "hypothesis", "label"}` for pairs.

    Raises:
        InputError: the file is missing or malformed.
    """
    examples = []
    for number, record in enumerate(read_records(folder, split)):
        text = "premise" if "premise" in record else "text"
        examples.append(
            Example(
                id=str(record.get("id", number)),
                text=_field(record, text, folder, split),
                label=str(_field(record, "label", folder, split)),
                second=record.get("hypothesis"),
            )
        )
    return examples


def held_out_pairs(target: Path, pivot: Path | None) -> list[Pair]:
    """Translated held-out texts, ordered by id.

    They are the join of the two corpora's held-out documents on their ids, without those that a
    placeholder was taken out of. A folder that has no pivot may bring its pairs itself, as
    `pairs.jsonl`: `{"id", "source", "target"}`.

    Raises:
        InputError: a file is missing or malformed.
    """
    if pivot is None and not has_records(target, "pairs"):
        return []
    if pivot is None:
        return [
            Pair(
                str(record.get("id", number)),
                _field(record, "source", target, "pairs"),
                _field(record, "target", target, "pairs"),
            )
            for number, record in enumerate(read_records(target, "pairs"))
        ]
    pivots = {document.id: document.text for document in read_texts(pivot) if _is_whole(document)}
    return sorted(
        (
            Pair(document.id, pivots[document.id], document.text)
            for document in read_texts(target)
            if document.id in pivots and _is_whole(document)
        ),
        key=lambda pair: pair.id,
    )


def without_repeats(pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out the pairs one of whose texts occurs in another pair too."""
    sources = Counter(pair.source for pair in pairs)
    targets = Counter(pair.target for pair in pairs)
    return [pair for pair in pairs if sources[pair.source] == 1 and targets[pair.target] == 1]


def draw(items: Sequence[Item], count: int | None) -> list[Item]:
    """`count` items chosen by the hash of their ids, in the order of their ids.

    The choice depends on the ids alone, so languages that share ids share the choice, and a
    longer corpus changes it as little as possible.
    """
    if count is not None and count < len(items):
        items = sorted(items, key=lambda item: hashlib.sha256(item.id.encode()).digest())[:count]
    return sorted(items, key=lambda item: item.id)


def language_of(folder: Path, name: str) -> str:
    """The language in a corpus's manifest; a plain folder goes by the name that it was given."""
    artifact = open_given(folder, Facts)
    if artifact is None or not isinstance(artifact.facts, CorpusFacts):
        return name
    return artifact.facts.language or name


def _is_whole(document: Document) -> bool:
    return not document.metadata.get("gaps")


def _parse(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path}, line {number} is not valid JSON: {error}") from None
    if not isinstance(record, dict):
        raise InputError(f"{path}, line {number} is not a JSON object")
    return record


def _field(record: Mapping[str, Any], key: str, folder: Path, split: str) -> Any:
    if key not in record:
        raise InputError(f'{folder / split}.jsonl: a line has no "{key}" (it has {sorted(record)})')
    return record[key]
