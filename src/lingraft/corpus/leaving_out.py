"""What is left out of the training text: near-duplicates first, then what is far from a sample.

The split is made before and protects itself: a training document that nearly repeats held-out text,
of this corpus or of another one, is dropped, and one that is left out makes no translation pair.
The held-out part is not selected: it stays that of the whole corpus.
"""

import heapq
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from lingraft.corpus.collecting import Candidate
from lingraft.corpus.documents import Document, read_documents
from lingraft.corpus.normalizing import Normalizing
from lingraft.corpus.selectors.selector import Selector
from lingraft.corpus.settings import Corpus, NearDuplicates
from lingraft.corpus.splitting import Keys, Part, hash_of
from lingraft.corpus.texts import OnePass
from lingraft.errors import InputError

logger = logging.getLogger(__name__)

_LARGEST_SAMPLE = 50_000  # documents; of more, those with the smallest hashes are taken
_SHOWN = 200  # characters of an example


@dataclass
class Choice:
    """The documents of a corpus and the part of each, which leaving out changes.

    name: of the corpus, for messages.
    settings: its block of the configuration.
    folder: for files on the way.
    candidates: starts a pass over the documents.
    parts: of each of them.
    normalizing: what wrote the documents anew.
    """

    name: str
    settings: Corpus
    folder: Path
    candidates: Callable[[], Iterator[Candidate]]
    parts: list[Part]
    normalizing: Normalizing

    def texts(self, part: Part) -> Iterator[str]:
        """The texts of a part, without repetitions."""
        found = zip(self.candidates(), self.parts, strict=True)
        return (one.text for one, own in found if own is part and one.same is None)


def leave_out(
    choice: Choice, keys: Sequence[Keys], folders: Mapping[str, Path], compared: Mapping[str, Path]
) -> dict[str, Any]:
    """Change the parts of a choice as its settings ask, and return what the statistics say of it.

    Args:
        choice: the documents and their parts.
        keys: of each document.
        folders: source -> folder of the download artifact.
        compared: name -> folder of the corpora that the settings name.

    Raises:
        InputError: the sample is empty, or more documents are asked for than there are.
    """
    settings, told = choice.settings, {}
    if settings.near_duplicates is not None:
        told["near_duplicates"] = _without_repeats(choice, settings.near_duplicates, compared)
    if settings.select is not None:
        held_out = {key.own for key, part in zip(keys, choice.parts, strict=True)
                    if part is Part.VALID}  # fmt: skip
        told["select"] = _select(choice, settings.select, held_out, folders, compared)
    if told:
        _follow_repetitions(choice)
    return told


def _without_repeats(
    choice: Choice, settings: NearDuplicates, compared: Mapping[str, Path]
) -> dict[str, Any]:
    """Drop or leave out near-duplicates; of a group in the training text the first one stays."""
    from lingraft.corpus.selection.near_duplicates import near_duplicate_groups

    sides = [(name, part) for name in settings.against for part in (Part.TRAIN, Part.VALID)]
    # A repetition of an earlier text is empty here, so that numbers are those of `parts`.
    own = ("" if one.same is not None else one.text for one in choice.candidates())
    others = [(one.text for one in _read_part(compared[name], part)) for name, part in sides]
    with tempfile.TemporaryDirectory(dir=choice.folder) as folder:
        groups = near_duplicate_groups(
            [own, *others],
            choice.settings.language,
            Path(folder),
            words=settings.words,
            buckets=settings.buckets,
            hashes=settings.hashes,
        )
    counts: Counter[str] = Counter()
    example = None
    for group in groups:
        mine = [document for rank, document in group if rank == 0]
        beside = [(sides[rank - 1], document) for rank, document in group if rank > 0]
        for document, part, why in _changes(mine, [side for side, _ in beside], choice.parts):
            choice.parts[document] = part
            counts[why] += 1
            if example is None:
                example = (document, why, mine, beside)
    shown = None if example is None else _told(choice, compared, *example)
    _log_repeats(choice.name, counts, shown)
    return {**dict(sorted(counts.items())), **({"example": shown} if shown else {})}


def _changes(
    mine: Sequence[int], beside: Sequence[tuple[str, Part]], parts: Sequence[Part]
) -> list[tuple[int, Part, str]]:
    """Which documents of a group change their part, and the reason that is counted.

    Args:
        mine: documents of the corpus.
        beside: corpus and part of the other ones.
        parts: of all documents of the corpus, before the change.
    """
    training = [document for document in mine if parts[document] is Part.TRAIN]
    held_out = [document for document in mine if parts[document] is Part.VALID]
    learned = sorted({name for name, part in beside if part is Part.TRAIN})
    changes = []
    if learned:
        changes = [(one, Part.DROPPED, f"held_out_in_{learned[0]}") for one in held_out]
    if held_out or any(part is Part.VALID for _, part in beside):
        return changes + [(one, Part.DROPPED, "near_held_out") for one in training]
    if learned:
        return changes + [(one, Part.LEFT_OUT, f"in_{learned[0]}") for one in training]
    return [(one, Part.LEFT_OUT, "within") for one in training[1:]]


def _told(
    choice: Choice,
    compared: Mapping[str, Path],
    document: int,
    why: str,
    mine: Sequence[int],
    beside: Sequence[tuple[tuple[str, Part], int]],
) -> dict[str, str]:
    """An example: what was left out, and one of the documents that it nearly repeats."""
    found = next(islice(choice.candidates(), document, None))
    if beside:
        (name, part), number = beside[0]
        other: Candidate | Document = next(islice(_read_part(compared[name], part), number, None))
        repeats = f"{other.id} of {name}"
    else:
        number = next(one for one in mine if one != document)
        other = next(islice(choice.candidates(), number, None))
        repeats = other.id
    texts = {"text": found.original[:_SHOWN], "as": other.original[:_SHOWN]}
    return {"id": found.id, "why": why, "repeats": repeats, **texts}


def _log_repeats(name: str, counts: Mapping[str, int], example: Mapping[str, str] | None) -> None:
    if example is None:
        logger.info("%s: no near-duplicates", name)
        return
    logger.info(
        "%s: %d near-duplicates left out (%s); %s (%.60r) nearly repeats %s (%.60r)",
        name,
        sum(counts.values()),
        ", ".join(f"{why}: {count}" for why, count in sorted(counts.items())),
        example["id"],
        example["text"],
        example["repeats"],
        example["as"],
    )


def _select(
    choice: Choice,
    select: Selector,
    held_out: set[int],
    folders: Mapping[str, Path],
    compared: Mapping[str, Path],
) -> dict[str, Any]:
    """Leave out all training documents but those that are nearest to the sample."""
    sample, skipped = _sample(choice, select, held_out, folders, compared)
    scores = select.scores(sample, lambda: choice.texts(Part.TRAIN), choice.settings.language)
    available, count = len(scores), select.count(len(scores))
    if count > available:
        raise InputError(
            f"corpora.{choice.name}.select: {count} of {available} training documents cannot be "
            "kept; lower `documents`, or remove `select`"
        )
    # A stable sort: of equally near documents the first ones are kept.
    kept = set((-scores).argsort(kind="stable")[:count].tolist())
    found = zip(choice.candidates(), list(choice.parts), strict=True)
    places = (i for i, (one, part) in enumerate(found) if part is Part.TRAIN and one.same is None)
    for number, place in enumerate(list(places)):
        if number not in kept:
            choice.parts[place] = Part.LEFT_OUT
    logger.info(
        "%s: %d of %d training documents are kept, the nearest to %d texts of the sample; the "
        "held-out text is not selected, so it measures the whole corpus",
        *(choice.name, count, available, len(sample)),
    )
    return {
        "method": select.method,
        "sample": len(sample),
        "held_out_in_sample": skipped,
        "kept": count,
        "left_out": available - count,
        "held_out": "not selected",
    }


def _sample(
    choice: Choice,
    select: Selector,
    held_out: set[int],
    folders: Mapping[str, Path],
    compared: Mapping[str, Path],
) -> tuple[list[str], int]:
    """The texts of the sample, and how many are not used because they say what held-out text says.

    Raises:
        InputError: none is left.
    """
    if select.corpus is not None:
        texts = (one.original for one in _read_part(compared[select.corpus], Part.TRAIN))
    else:
        block = choice.settings.model_copy(update={"texts": select.texts})
        cleaned = OnePass(block, folders)
        texts = (one.text for i in range(len(select.texts)) for one in cleaned.documents(i))
    found = heapq.nsmallest(_LARGEST_SAMPLE, texts, key=hash_of)
    key = choice.normalizing.key
    sample = [text for text in found if hash_of(key(text)) not in held_out]
    if not sample:
        raise InputError(
            f"corpora.{choice.name}.select: the sample has no text ({len(found)} documents read, "
            "none left that the corpus does not hold out); give it another `corpus` or `texts`"
        )
    return [choice.normalizing.text(text) for text in sample], len(found) - len(sample)


def _follow_repetitions(choice: Choice) -> None:
    """A repetition of a document that is not used makes no translation pair either."""
    unused: dict[str, Part] = {}
    for number, one in enumerate(choice.candidates()):
        part = choice.parts[number]
        if one.same is None and part in (Part.DROPPED, Part.LEFT_OUT):
            unused[one.id] = part
        elif one.same in unused and part is Part.TRAIN:
            choice.parts[number] = unused[one.same]


def _read_part(folder: Path, part: Part) -> Iterator[Document]:
    return read_documents(folder / f"{part.value}.jsonl.zst")
