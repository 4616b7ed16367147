"""Held-out texts, and what repeats or nearly repeats them.

Texts are compared as `fold` leaves them: without case, signs and the values of numbers. Two texts
are near-duplicates if Jaccard's index of their sets of character 4-grams, |A & B| / |A | B|, is
`threshold` or more. The search is exact: if two sets are that similar, each has one of its rarest
grams in common with the other (prefix filtering; Chaudhuri, Ganti and Kaushik, 2006).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from lingraft.corpus.splitting import fold

Leak = Literal["held out", "near a held-out text"]
_LENGTH = 4  # characters of a gram
_SLACK = 1e-9  # a product such as 0.8 * 5 is a little more than 4
_CACHED = 1 << 14  # held-out texts whose grams are kept: a few templates are candidates often


class HeldOutTexts:
    """Texts that training must not see.

    Args:
        texts: held-out texts, in any number and order.
        threshold: the smallest Jaccard index of a near-duplicate, above 0; 1 finds equal texts
            alone.
    """

    def __init__(self, texts: Iterable[str], threshold: float) -> None:
        self._folded = list(dict.fromkeys(map(fold, texts)))
        self._known = set(self._folded)
        self._threshold = threshold
        self._frequency: Counter[str] = Counter()
        self._sizes: list[int] = []
        self._places: dict[str, list[int]] = {}  # gram -> texts that have it among their rarest
        self._leaks: dict[str, Leak | None] = {}
        self._grams = lru_cache(_CACHED)(lambda number: grams(self._folded[number]))
        if threshold < 1:
            self._index()

    def __len__(self) -> int:
        """How many there are, after folding."""
        return len(self._folded)

    def leak(self, texts: Sequence[str]) -> Leak | None:
        """How the texts of an example repeat held-out ones: the first reason, or None."""
        return next(filter(None, map(self._leak, texts)), None)

    def _leak(self, text: str) -> Leak | None:
        folded = fold(text)
        if folded not in self._leaks:
            self._leaks[folded] = self._search(folded)
        return self._leaks[folded]

    def _search(self, folded: str) -> Leak | None:
        if folded in self._known:
            return "held out"
        return "near a held-out text" if self._is_near(folded) else None

    def _index(self) -> None:
        for text in self._folded:
            self._frequency.update(grams(text))
        for number, text in enumerate(self._folded):
            own = grams(text)
            self._sizes.append(len(own))
            for gram in self._rarest(own):
                self._places.setdefault(gram, []).append(number)

    def _rarest(self, own: set[str]) -> list[str]:
        """So many of the rarest grams that no near-duplicate can be without all of them.

        A near-duplicate shares at least threshold * size of a text's grams. Therefore it can lack
        at most the others, and one gram more than these decides.
        """
        shared = math.ceil(self._threshold * len(own) - _SLACK)
        ordered = sorted((self._frequency.get(gram, 0), gram) for gram in own)
        return [gram for _, gram in ordered[: len(own) - shared + 1]]

    def _is_near(self, folded: str) -> bool:
        own = grams(folded)
        least, most = self._threshold * len(own) - _SLACK, len(own) / self._threshold + _SLACK
        candidates = {
            number
            for gram in self._rarest(own)
            for number in self._places.get(gram, ())
            if least <= self._sizes[number] <= most
        }
        return any(
            jaccard(own, self._grams(number)) >= self._threshold - _SLACK for number in candidates
        )


def grams(text: str) -> set[str]:
    """The character 4-grams of a text; a shorter text is its only gram."""
    return {text[start : start + _LENGTH] for start in range(max(1, len(text) - _LENGTH + 1))}


def some_grams(text: str, threshold: float) -> list[str]:
    """Grams of a text of which every near-duplicate has at least one.

    If the index of two sets is `threshold` or more, the second has that share of the first's
    members: of any more than the rest it cannot lack all.
    """
    positions = max(1, len(text) - _LENGTH + 1)  # at least as many as there are grams
    wanted = math.floor((1 - threshold) * positions + _SLACK) + 1
    found: dict[str, None] = {}
    for start in range(positions):
        found[text[start : start + _LENGTH]] = None
        if len(found) == wanted:
            break
    return list(found)


def jaccard(one: set[str], other: set[str]) -> float:
    """The share of two sets' members that both have."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
