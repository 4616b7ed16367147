"""What an encoder learns from: texts that belong together, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lingraft.artifacts.facts import UNKNOWN_LANGUAGE
from lingraft.errors import InputError

Form = Literal[
    "texts", "pairs", "translations", "definitions", "labelled", "graded", "triples", "ranked",
    "scored",
]  # fmt: skip

COLUMNS: dict[Form, str] = {
    "texts": "a text",
    "pairs": "a text, and one that answers, continues or repeats it",
    "translations": "a text in the teacher's language, and its translation",
    "definitions": "a word or term, and its definition",
    "labelled": "two texts, and the label of their relation",
    "graded": "two texts, and one score: how much they mean the same",
    "triples": "a text, one that belongs to it, and one or more that do not",
    "ranked": "a query, and documents, the best first",
    "scored": "a query, and documents, each with a teacher's score",
}
"""What the texts of each form are, in their order."""

EXAMPLES = "examples"  # the file of a training set, without its endings


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """Texts that belong together.

    Attributes:
        id: names the example in messages.
        texts: in the order of its form (`COLUMNS`).
        language: of the texts that the student reads, such as `swh_Latn`; batches have one.
        label: of the form `labelled`.
        scores: one of the form `graded`; of the form `scored` one for each document.
    """

    id: str
    texts: tuple[str, ...]
    language: str = UNKNOWN_LANGUAGE
    label: str | None = None
    scores: tuple[float, ...] = ()


def write_examples(folder: Path, examples: Iterable[TrainingExample]) -> int:
    """Write the examples of a training set; return how many."""
    from lingraft.corpus.documents import open_json_lines

    with open_json_lines(folder / f"{EXAMPLES}.jsonl.zst") as writer:
        for example in examples:
            writer.write(example)
    return writer.count


def load_examples(folder: Path) -> list[TrainingExample]:
    """The examples of a training set, in the order of its file.

    Raises:
        InputError: the file is missing or malformed.
    """
    return list(_parsed(folder))


def _parsed(folder: Path) -> Iterator[TrainingExample]:
    from lingraft.corpus.records import read_records

    for number, record in enumerate(read_records(folder, EXAMPLES), 1):
        try:
            yield TrainingExample(
                str(record["id"]),
                tuple(record["texts"]),
                record["language"],
                record["label"],
                tuple(record["scores"]),
            )
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{folder / EXAMPLES}.jsonl, line {number}, is not a training example ({error!r}); "
                "make the training set again"
            ) from None
