"""The held-out part: which documents training never sees, near-duplicates included.

A document belongs to a group: the messages that say the same in the pivot's language (apart from
digits, case and punctuation), or the page that `metadata.group` names. Groups are held out by a
hash of their key, so that the choice depends on the content alone, not on order, machine or other
documents. Then every other document that says the same as a held-out one, in the pivot's language
or in its own, is dropped.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import regex

_DIGITS = regex.compile(r"\p{N}+")
_SIGNS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")
_RANGE = 2**64


class Part(StrEnum):
    """Side of the split; `DROPPED` documents repeat held-out ones, and `LEFT_OUT` ones would be
    training text, had the corpus not been asked for less."""

    TRAIN = "train"
    VALID = "valid"
    DROPPED = "dropped"
    LEFT_OUT = "left_out"


def fold(text: str) -> str:
    """The text without case, punctuation and the values of numbers.

    Texts that consist of signs alone stay as they are.
    """
    return fold_signs(text.casefold()) or text


def fold_signs(text: str) -> str:
    """The text without punctuation and the values of numbers; empty where only signs are."""
    return _SIGNS.sub(" ", _DIGITS.sub("0", text)).strip()


def hash_of(text: str) -> int:
    """A 64-bit hash of the text that is the same on every machine."""
    # JSON can contain lone surrogates, which UTF-8 refuses without surrogatepass.
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


@dataclass(frozen=True, slots=True)
class Keys:
    """Hashes that decide about one document.

    group: of the key of its group; own: of its folded text; pivot: of the pivot's folded text for
    the same message (equal to `own` without a pivot); given: the part the pivot gave the message.
    """

    group: int
    own: int
    pivot: int
    given: Part | None = None


def keys_of(
    text: str,
    group: str | None,
    pivot_text: str | None,
    given: Part | None,
    read: str | None = None,
) -> Keys:
    """The keys of a document.

    Args:
        text: its clean text, not normalized, so that a normalizer does not change the split.
        group: its group, if it has one.
        pivot_text: the pivot's text for the same message, if there is one.
        given: the part that the pivot gave the message, if it did.
        read: what models read of it, folded, where a normalizer can make two texts one.
    """
    folded = fold(text)
    own = folded if read is None else read
    group_key = folded if pivot_text is None else fold(pivot_text)
    pivot = own if pivot_text is None else group_key
    return Keys(hash_of(group_key if group is None else group), hash_of(own), hash_of(pivot), given)


def split(keys: Sequence[Keys], fraction: float, maximum: int | None) -> list[Part]:
    """The part of each document.

    A document that the pivot knows takes the pivot's part. Of the others, the groups whose hash
    falls into the first `fraction` of its range are held out; if that makes more than `maximum`
    held-out documents, those with the smallest hashes are taken while they fit.

    Args:
        keys: of each document.
        fraction: share of the groups to hold out.
        maximum: most documents to hold out, those of the pivot included.
    """
    held_out = _held_out_groups(keys, fraction, maximum)
    parts = [key.given or _part(key.group in held_out) for key in keys]
    own = {key.own for key, part in zip(keys, parts, strict=True) if part is Part.VALID}
    pivot = {key.pivot for key, part in zip(keys, parts, strict=True) if part is Part.VALID}
    return [
        Part.DROPPED if part is Part.TRAIN and (key.own in own or key.pivot in pivot) else part
        for key, part in zip(keys, parts, strict=True)
    ]


def _held_out_groups(keys: Iterable[Keys], fraction: float, maximum: int | None) -> set[int]:
    limit = int(fraction * _RANGE)
    sizes: dict[int, int] = {}
    taken = 0
    for key in keys:
        taken += key.given is Part.VALID
        if key.given is None and key.group < limit:
            sizes[key.group] = sizes.get(key.group, 0) + 1
    if maximum is None:
        return set(sizes)
    chosen = set()
    for group in sorted(sizes):
        # A group that is too large is passed over; a later, smaller one can still fit.
        if taken + sizes[group] <= maximum:
            chosen.add(group)
            taken += sizes[group]
    return chosen


def _part(is_held_out: bool) -> Part:
    return Part.VALID if is_held_out else Part.TRAIN
