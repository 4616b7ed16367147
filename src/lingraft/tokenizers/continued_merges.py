"""Continued merging: the most frequent adjacent pair of tokens becomes a token, again and again.

Byte-pair encoding (Sennrich et al., 2016) that goes on where a vocabulary ends (2512.03989): it
starts from texts that the vocabulary has cut. So each new token is made of two that a tokenizer
with the new merges behind the old ones really meets side by side, and every new cut of a text is a
coarsening of the old one.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise

Pair = tuple[int, int]


@dataclass(frozen=True)
class NewToken:
    """A token that is made of two others."""

    text: str
    left: str
    right: str
    pieces: tuple[int, ...]
    """Ids of the old tokens that it covers."""
    count: int
    """Of the pair when it was merged."""


def continue_merges(
    sequences: Mapping[tuple[int, ...], int],
    tokens: Sequence[str],
    wanted: int,
    minimum_frequency: int = 1,
    prefix: str = "",
) -> list[NewToken]:
    """The next merges of a vocabulary, the first one first.

    Of pairs that are equally frequent the one of the lowest ids is first. A pair whose text is a
    token already is passed over: it would be a second way to make that token.

    Args:
        sequences: ids of a piece of text -> how often it occurs; no merge crosses its ends.
        tokens: the old tokens by id.
        wanted: how many new ones, at most.
        minimum_frequency: pairs that occur less often are not merged.
        prefix: of tokens inside of words (`##`); a merge drops it from its right side.
    """
    state = _Sequences(sequences, tokens)
    taken = set(tokens)
    found: list[NewToken] = []
    while len(found) < wanted:
        pair, count = state.most_frequent()
        if pair is None or count < minimum_frequency:
            break
        left, right = (state.tokens[index] for index in pair)
        text = left + right.removeprefix(prefix)
        if text in taken:
            state.forget(pair)
            continue
        taken.add(text)
        pieces = state.pieces[pair[0]] + state.pieces[pair[1]]
        found.append(NewToken(text, left, right, pieces, count))
        state.merge(pair, text, pieces)
    return found


class _Sequences:
    """Sequences of ids with the counts of their pairs, kept up to date while pairs are merged."""

    def __init__(self, sequences: Mapping[tuple[int, ...], int], tokens: Sequence[str]) -> None:
        self.tokens = list(tokens)
        self.pieces: list[tuple[int, ...]] = [(index,) for index in range(len(tokens))]
        self._rows = [list(sequence) for sequence in sequences]
        self._times = list(sequences.values())
        self._counts: dict[Pair, int] = defaultdict(int)
        self._places: dict[Pair, set[int]] = defaultdict(set)
        for number, row in enumerate(self._rows):
            for pair in pairwise(row):
                self._counts[pair] += self._times[number]
                self._places[pair].add(number)
        # An entry of the heap may be out of date: what it says is compared with the count.
        self._heap = [(-count, pair) for pair, count in self._counts.items()]
        heapify(self._heap)

    def most_frequent(self) -> tuple[Pair | None, int]:
        """The pair to merge next, and how often it occurs."""
        while self._heap:
            negative, pair = self._heap[0]
            count = self._counts.get(pair, 0)
            if count == -negative:
                return pair, count
            heappop(self._heap)
            if count:
                heappush(self._heap, (-count, pair))
        return None, 0

    def forget(self, pair: Pair) -> None:
        """Leave a pair out for good."""
        heappop(self._heap)
        self._counts.pop(pair)
        self._places.pop(pair)

    def merge(self, pair: Pair, text: str, pieces: tuple[int, ...]) -> None:
        """Make one new token of a pair, everywhere."""
        new = len(self.tokens)
        self.tokens.append(text)
        self.pieces.append(pieces)
        changed: dict[Pair, int] = defaultdict(int)
        for number in self._places.pop(pair):
            row, times = self._rows[number], self._times[number]
            merged = _merged(row, pair, new)
            for old in pairwise(row):
                changed[old] -= times
            for young in pairwise(merged):
                changed[young] += times
                if new in young:
                    self._places[young].add(number)
            self._rows[number] = merged
        self._counts.pop(pair)
        changed.pop(pair)
        for each, difference in changed.items():
            if difference and (each in self._counts or new in each):
                self._counts[each] += difference
                if self._counts[each]:
                    heappush(self._heap, (-self._counts[each], each))


def _merged(row: list[int], pair: Pair, new: int) -> list[int]:
    """The row with each occurrence of the pair as one token, from the left."""
    merged: list[int] = []
    index = 0
    while index < len(row):
        if index + 1 < len(row) and (row[index], row[index + 1]) == pair:
            merged.append(new)
            index += 2
        else:
            merged.append(row[index])
            index += 1
    return merged
