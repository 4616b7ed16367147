"""The merges of a batch: the most frequent adjacent pair becomes one string, again and again.

Feher, Vulic and Minixhofer (2024), 2411.18553. The pairs of the whole batch are counted (in a run
of three equal tokens the pair occurs twice), the most frequent one that may be merged is merged
everywhere from the left, and of pairs that are equally frequent the one that stands first is taken.
Counts and first places are kept up to date, so a batch of N tokens takes O(N log N) steps, however
many merges there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

from lingraft.tokenizers.dynamic.boundaries import Boundaries

Pair = tuple[int, int]
_NONE = -1  # no neighbor, or no unit any more


@dataclass(frozen=True)
class MergedString:
    """A string that was merged and is not a token of the vocabulary.

    Two of a batch with the same text are one, with the pieces of the one that was merged first.
    """

    text: str
    """As the vocabulary spells it (`Ġnyumbani`, `▁nyumbani`, `##bani`)."""
    pieces: tuple[int, ...]
    """Ids of the tokens that it covers."""


@dataclass(frozen=True)
class MergedBatch:
    """A batch after its merges.

    Its rows have *units*: ids of tokens, and from `first` on numbers of `strings`.
    """

    rows: Sequence[Sequence[int]]
    starts: Sequence[Sequence[int]]
    """Of each unit of each row the place of its first token in the row that was given."""
    first: int
    """The unit of `strings[0]`; the tokenizer's ids are below it."""
    strings: Sequence[MergedString]
    """Those that the rows have: what was merged into longer ones is not among them."""
    lengths: Sequence[int]
    """Units of all rows before the first merge and after each: fewer merges than asked for are made
    where no pair is left."""

    @property
    def merges(self) -> int:
        """How many were made."""
        return len(self.lengths) - 1

    def pieces_of(self, unit: int) -> tuple[int, ...]:
        """Ids of the tokens that a unit covers; a merged string that is a token is that token."""
        return (unit,) if unit < self.first else self.strings[unit - self.first].pieces


def merge_batch(
    rows: Sequence[Sequence[int]],
    boundaries: Boundaries,
    most: int | None,
    spaced: Sequence[Sequence[bool]] | None = None,
) -> MergedBatch:
    """Merge the tokens of a batch.

    Args:
        rows: token ids of each text, special tokens included: they are never merged.
        boundaries: which tokens may become one.
        most: merges at most; None goes on until no pair may be merged any more.
        spaced: of each token, whether white space stands before it in the text; for vocabularies
            that do not write it (WordPiece), see `boundaries.spaces_before`.

    Raises:
        ValueError: `most` is negative.
    """
    if most is not None and most < 0:
        raise ValueError(f"{most} is not a valid number of merges")
    work = _LinkedUnits(rows, boundaries, spaced)
    lengths = [work.length]
    while (most is None or len(lengths) <= most) and (pair := work.most_frequent()) is not None:
        work.merge(pair)
        lengths.append(work.length)
    return work.result(lengths)


@dataclass
class _Places:
    """Where a pair stands."""

    count: int = 0
    heap: list[int] = field(default_factory=list)
    """Places of its left units, also such as are no longer there."""


class _LinkedUnits:
    """All rows one behind the other, as a linked list of units that shrinks.

    A unit stands at the place of its first token. A unit at a place only ever grows, so a pair
    comes to a place once at most.
    """

    def __init__(
        self,
        rows: Sequence[Sequence[int]],
        boundaries: Boundaries,
        spaced: Sequence[Sequence[bool]] | None,
    ) -> None:
        self._lengths = [len(row) for row in rows]
        self._units = [int(unit) for row in rows for unit in row]
        self.length = len(self._units)
        """Units that are left."""
        self._boundaries = boundaries
        self._strings: list[MergedString] = []
        self._known: dict[str, int] = {}  # merged text -> unit
        self._joined: dict[Pair, int] = {}
        self._allowed: dict[Pair, bool] = {}
        self._pairs: dict[Pair, _Places] = {}
        size = len(self._units)
        self._next = [_NONE] * size
        self._before = [_NONE] * size
        place = 0
        for number, row in enumerate(rows):
            flags = None if spaced is None else spaced[number]
            for column in range(1, len(row)):
                is_limit = boundaries.between(
                    row[column - 1], row[column], None if flags is None else flags[column]
                )
                if not is_limit:
                    self._next[place + column - 1] = place + column
                    self._before[place + column] = place + column - 1
            place += len(row)
        for left, right in enumerate(self._next):
            if right != _NONE:
                self._add(left, right)
        # Entries may be out of date, but only such that they are too good.
        self._best = [(-p.count, p.heap[0], pair) for pair, p in self._pairs.items()]
        heapify(self._best)

    def most_frequent(self) -> Pair | None:
        """The pair to merge next; None if there is none."""
        while self._best:
            count, first, pair = self._best[0]
            places = self._pairs[pair]
            if not places.count:
                heappop(self._best)
                continue
            while not self._stands(pair, places.heap[0]):
                heappop(places.heap)
            if (count, first) == (-places.count, places.heap[0]):
                return pair
            heappop(self._best)
            heappush(self._best, (-places.count, places.heap[0], pair))
        return None

    def merge(self, pair: Pair) -> None:
        """Make one unit of a pair, everywhere, from the left."""
        new = self._join(pair)
        changed: dict[Pair, None] = {}
        for place in sorted(self._pairs[pair].heap):
            if not self._stands(pair, place):
                continue
            right = self._next[place]
            before, behind = self._before[place], self._next[right]
            self._drop(pair)
            if before != _NONE:
                self._drop((self._units[before], pair[0]))
            if behind != _NONE:
                self._drop((pair[1], self._units[behind]))
                self._before[behind] = place
            self._units[place], self._units[right] = new, _NONE
            self.length -= 1
            self._next[place] = behind
            for left, other in ((before, place), (place, behind)):
                if _NONE not in (left, other) and (young := self._add(left, other)) is not None:
                    changed[young] = None
        for young in changed:
            places = self._pairs[young]
            if places.count:
                heappush(self._best, (-places.count, places.heap[0], young))

    def result(self, lengths: Sequence[int]) -> MergedBatch:
        """The rows as they are now."""
        rows, starts, place = [], [], 0
        for length in self._lengths:
            kept = [i for i in range(length) if self._units[place + i] != _NONE]
            rows.append([self._units[place + i] for i in kept])
            starts.append(kept)
            place += length
        first = self._boundaries.first_free
        left = sorted({unit for row in rows for unit in row if unit >= first})
        number = {unit: first + place for place, unit in enumerate(left)}
        rows = [[number.get(unit, unit) for unit in row] for row in rows]
        strings = [self._strings[unit - first] for unit in left]
        return MergedBatch(rows, starts, first, strings, lengths)

    def _stands(self, pair: Pair, place: int) -> bool:
        right = self._next[place]
        return self._units[place] == pair[0] and right != _NONE and self._units[right] == pair[1]

    def _add(self, left: int, right: int) -> Pair | None:
        """Count the pair at a place; None if it may not be merged."""
        pair = self._units[left], self._units[right]
        if not self._may(pair):
            return None
        places = self._pairs.get(pair)
        if places is None:
            places = self._pairs[pair] = _Places()
        places.count += 1
        heappush(places.heap, left)
        return pair

    def _drop(self, pair: Pair) -> None:
        if self._may(pair):
            self._pairs[pair].count -= 1

    def _may(self, pair: Pair) -> bool:
        allowed = self._allowed.get(pair)
        if allowed is None:
            left, right = pair
            allowed = self._boundaries.allow(self._text(left), self._text(right))
            self._allowed[pair] = allowed
        return allowed

    def _text(self, unit: int) -> str:
        first = self._boundaries.first_free
        return self._boundaries.tokens[unit] if unit < first else self._strings[unit - first].text

    def _join(self, pair: Pair) -> int:
        """The unit of a pair's string: a token, a string of this batch, or a new one."""
        text = self._boundaries.join(self._text(pair[0]), self._text(pair[1]))
        token = self._boundaries.token_of(text)
        if token is not None:
            return token
        if text not in self._known:
            self._known[text] = self._boundaries.first_free + len(self._strings)
            pieces = tuple(piece for unit in pair for piece in self._pieces(unit))
            self._strings.append(MergedString(text, pieces))
        return self._known[text]

    def _pieces(self, unit: int) -> tuple[int, ...]:
        first = self._boundaries.first_free
        return (unit,) if unit < first else self._strings[unit - first].pieces
