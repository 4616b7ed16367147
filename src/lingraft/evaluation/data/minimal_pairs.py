"""Minimal pairs: two sentences of which one is right, as few words apart as possible."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lingraft.corpus.records import draw, field_of, read_records
from lingraft.errors import InputError


@dataclass(frozen=True)
class MinimalPair:
    """Two sentences of which one is right.

    Attributes:
        id: of the pair.
        right: the sentence that a speaker says.
        wrong: the one that nobody says.
        kind: what is wrong in it; pairs of a kind have a score of their own.
        group: pairs of one group were made from the same sentence.
    """

    id: str
    right: str
    wrong: str
    kind: str
    group: str


def read_minimal_pairs(folder: Path, split: str = "test") -> list[MinimalPair]:
    """The pairs of a folder: `{"right", "wrong"}` on a line, perhaps `id`, `kind`, `group`.

    Raises:
        InputError: the file is missing, or a line is not a pair; the message names it.
    """
    pairs = []
    for number, record in enumerate(read_records(folder, split)):
        name = str(record.get("id", number))
        right, wrong = (field_of(record, key, folder, split) for key in ("right", "wrong"))
        is_text = isinstance(right, str) and isinstance(wrong, str)
        if not is_text or not right.strip() or not wrong.strip() or right == wrong:
            raise InputError(
                f'{folder / split}.jsonl, pair {name}: "right" and "wrong" must be two sentences'
            )
        group = str(record.get("group", name))
        pairs.append(MinimalPair(name, right, wrong, str(record.get("kind", "")), group))
    return pairs


def draw_pairs(pairs: Sequence[MinimalPair], count: int | None) -> list[MinimalPair]:
    """One pair of each group, and `count` of these, by the hash of their ids.

    Pairs of one sentence are right and wrong together, so that they would count twice.

    Args:
        pairs: all pairs.
        count: how many are drawn; None takes one of every group.
    """
    return draw(list({pair.group: pair for pair in _by_hash(pairs)}.values()), count)


def _by_hash(pairs: Iterable[MinimalPair]) -> list[MinimalPair]:
    return sorted(pairs, key=lambda pair: hashlib.sha256(pair.id.encode()).digest())
