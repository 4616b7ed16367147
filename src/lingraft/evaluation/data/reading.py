"""The texts that models are measured on beside held-out documents: pairs and labelled examples.

A folder is a corpus artifact of the workflow, or any folder with the same files
(`lingraft.corpus.records`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lingraft.artifacts import CorpusFacts, Facts, open_given
from lingraft.corpus.documents import Document, Pair
from lingraft.corpus.normalizing import NormalizerMark
from lingraft.corpus.records import draw, field_of, has_records, read_records, read_texts


@dataclass(frozen=True)
class Example:
    """A labelled text; `second` is the hypothesis or other half of a pair task."""

    id: str
    text: str
    label: str
    second: str | None = None


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
                text=field_of(record, text, folder, split),
                label=str(field_of(record, "label", folder, split)),
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
                field_of(record, "source", target, "pairs"),
                field_of(record, "target", target, "pairs"),
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


def usable_pairs(
    target: Path, pivot: Path | None, characters: int, count: int | None
) -> list[Pair]:
    """Held-out pairs that have one right partner each; the choice depends on texts and ids alone.

    Args:
        target: folder of the corpus.
        pivot: folder of the pivot's corpus.
        characters: pairs with a shorter side are left out.
        count: how many are drawn by the hash of their ids; None takes all.

    Raises:
        InputError: a file is missing or malformed.
    """
    return draw(without_repeats(at_least(held_out_pairs(target, pivot), characters)), count)


def at_least(pairs: Sequence[Pair], characters: int) -> list[Pair]:
    """The pairs whose sides both have so many characters, without space around them."""
    return [p for p in pairs if min(len(p.source.strip()), len(p.target.strip())) >= characters]


def without_repeats(pairs: Sequence[Pair]) -> list[Pair]:
    """Leave out the pairs one of whose texts occurs in another pair too."""
    sources = Counter(pair.source for pair in pairs)
    targets = Counter(pair.target for pair in pairs)
    return [pair for pair in pairs if sources[pair.source] == 1 and targets[pair.target] == 1]


def language_of(folder: Path, name: str) -> str:
    """The language in a corpus's manifest; a plain folder goes by the name that it was given."""
    artifact = open_given(folder, Facts)
    if artifact is None or not isinstance(artifact.facts, CorpusFacts):
        return name
    return artifact.facts.language or name


def mark_of_corpus(folder: Path, name: str) -> tuple[NormalizerMark, str]:
    """How the text of a corpus was written anew, and its language; a plain folder's was not."""
    artifact = open_given(folder, Facts, partly=True)
    if artifact is None or not isinstance(artifact.facts, CorpusFacts):
        return {}, name
    return artifact.facts.normalizer, artifact.facts.language or name


def _is_whole(document: Document) -> bool:
    return not document.metadata.get("gaps")
