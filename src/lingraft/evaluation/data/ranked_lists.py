"""Lists of candidates: a query, documents, and how relevant each of them is."""

import math
from dataclasses import dataclass
from pathlib import Path

from lingraft.corpus.records import field_of, read_records
from lingraft.errors import InputError


@dataclass(frozen=True)
class RankedList:
    """A query with at least two documents, and the relevance of each: 0 if it does not answer."""

    id: str
    query: str
    documents: tuple[str, ...]
    relevance: tuple[float, ...]


def read_ranked_lists(folder: Path, split: str = "test") -> list[RankedList]:
    """The lists of a folder: `{"query", "documents": [texts], "relevance": [numbers]}` on a line.

    Raises:
        InputError: the file is missing, or a list cannot be ranked; the message names it.
    """
    lists = []
    for number, record in enumerate(read_records(folder, split)):
        documents = field_of(record, "documents", folder, split)
        relevance = field_of(record, "relevance", folder, split)
        found = RankedList(
            str(record.get("id", number)),
            field_of(record, "query", folder, split),
            tuple(documents),
            tuple(map(float, relevance)),
        )
        if problem := _problem(found):
            raise InputError(f"{folder / split}.jsonl: list {found.id} {problem}")
        lists.append(found)
    return lists


def _problem(found: RankedList) -> str:
    """Why a list cannot be ranked; empty where it can."""
    documents, relevance = len(found.documents), len(found.relevance)
    if documents != relevance:
        return f"has {documents} documents and {relevance} numbers of relevance"
    if documents < 2:
        return "has fewer than two documents, so there is nothing to rank; leave it out"
    if not all(math.isfinite(value) and value >= 0 for value in found.relevance):
        return "has a relevance that is negative or not a number"
    if not any(found.relevance):
        return "has no relevant document, so no order is right; leave it out"
    return ""
