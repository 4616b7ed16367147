"""Rows of tokens out of a token file: concatenated and cut, or whole documents that fit best, or
one document in each row.

Shapes: N rows, W width of a row's content (without what the tokenizer adds), T tokens,
P pieces of documents.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import TokenFile
from lingraft.numeric.arrays import Uint64
from lingraft.training.sampler import Stream, key


@dataclass(frozen=True)
class Rows:
    """Content of rows, left-aligned; what lies beyond a row's length is undefined."""

    ids_NW: NDArray[np.int64]
    lengths_N: NDArray[np.int64]
    documents_NW: NDArray[np.int64] | None  # which document of the corpus a token belongs to


class Packing(Protocol):
    """A corpus as numbered rows."""

    count: int

    def read(self, rows_N: Uint64, epochs_N: Uint64, with_documents: bool) -> Rows:
        """The content of these rows, as they are in these epochs.

        Args:
            rows_N: numbers of rows, below `count`.
            epochs_N: the epoch of each; a packing may cut every epoch elsewhere.
            with_documents: whether to say which document each token is of.
        """


class Concatenated:
    """Documents one after another, cut every W tokens; the end of the corpus runs on into its
    beginning, so that every row is full and no tail is lost. Every epoch cuts elsewhere."""

    def __init__(self, file: TokenFile, width: int, seed: int) -> None:
        self.file = file
        self.width = width
        self.seed = seed
        self.count = -(-len(file.tokens_N) // width)

    def read(self, rows_N: Uint64, epochs_N: Uint64, with_documents: bool) -> Rows:
        total = len(self.file.tokens_N)
        # The corpus is a ring of tokens. An epoch begins to cut it at a random place, so that other
        # tokens meet at the edges of rows; `places_NW` wraps around at the end of the ring.
        offsets_N = key(self.seed, Stream.CUT, epochs_N) % np.uint64(total)
        starts_N = (offsets_N + rows_N * np.uint64(self.width)) % np.uint64(total)
        places_NW = starts_N.astype(np.int64)[:, None] + np.arange(self.width)
        if places_NW.max() >= total:
            places_NW %= total
        ids_NW = self.file.tokens_N[places_NW].astype(np.int64)
        documents_NW = _documents(self.file, places_NW) if with_documents else None
        return Rows(ids_NW, np.full(len(rows_N), self.width), documents_NW)


class BestFit:
    """Whole documents, the longest first, each into the row that it fills best; documents longer
    than a row are cut into full rows and a rest (Ding et al. 2024).

    Args:
        file: the corpus.
        width: tokens of a row's content.
        apart: give each document, or each part of a cut one, a row of its own. Its separator is
            left out where the tokenizer's suffix is the same token: the row is then what the
            tokenizer makes of the text.
    """

    def __init__(self, file: TokenFile, width: int, *, apart: bool = False) -> None:
        self.file = file
        self.width = width
        starts_P, lengths_P = _pieces(file, width, apart=apart)
        rows_P = np.arange(len(lengths_P)) if apart else best_fit(lengths_P, width)
        # Pieces are sorted by row. Row r has the pieces from `_ends_N[r - 1]` to `_ends_N[r]`, row
        # 0 those from 0.
        order_P = np.argsort(rows_P, kind="stable")
        self._starts_P, self._lengths_P = starts_P[order_P], lengths_P[order_P]
        self.count = int(rows_P.max()) + 1 if len(rows_P) else 0
        self._ends_N = np.cumsum(np.bincount(rows_P, minlength=self.count))

    def read(self, rows_N: Uint64, epochs_N: Uint64, with_documents: bool) -> Rows:
        places_NW = np.zeros((len(rows_N), self.width), np.int64)
        lengths_N = np.zeros(len(rows_N), np.int64)
        for number, row in enumerate(rows_N.astype(np.int64)):
            first = int(self._ends_N[row - 1]) if row else 0
            pieces = slice(first, int(self._ends_N[row]))
            places = [
                np.arange(start, start + length)
                for start, length in zip(
                    self._starts_P[pieces], self._lengths_P[pieces], strict=True
                )
            ]
            joined = np.concatenate(places)
            places_NW[number, : len(joined)] = joined
            lengths_N[number] = len(joined)
        ids_NW = self.file.tokens_N[places_NW].astype(np.int64)
        documents_NW = _documents(self.file, places_NW) if with_documents else None
        return Rows(ids_NW, lengths_N, documents_NW)


def best_fit(lengths_P: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Best-fit decreasing: the row of each piece, such that no row exceeds `width`."""
    rows_P = np.empty(len(lengths_P), np.int64)
    waiting: list[list[int]] = [[] for _ in range(width + 1)]  # rows by the room they have left
    rooms: list[int] = []  # those rooms that some row has, ascending
    count = 0
    for piece in np.argsort(-lengths_P, kind="stable"):
        # The fullest row with enough room: `rooms` is sorted, so it is found by bisection. Rows of
        # equal room are alike; the newest of them is taken.
        length = int(lengths_P[piece])
        place = bisect_left(rooms, length)
        if place < len(rooms):
            room = rooms[place]
            row = waiting[room].pop()
            if not waiting[room]:
                rooms.pop(place)
        else:
            room, row, count = width, count, count + 1
        rows_P[piece] = row
        if left := room - length:
            if not waiting[left]:
                insort(rooms, left)
            waiting[left].append(row)
    return rows_P


def _pieces(
    file: TokenFile, width: int, *, apart: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    specials = file.meta.specials
    starts_D = file.starts_D.astype(np.int64)
    lengths_D = file.ends_D.astype(np.int64) - starts_D
    if apart and specials.suffix[:1] == (specials.separator,):
        lengths_D = lengths_D - 1
    # -(-a // b) is a / b rounded up. A document has as many pieces; `firsts_D` has the number of
    # its first piece, `within_P` counts the pieces of each document from 0.
    counts_D = -(-lengths_D // width)
    documents_P = np.repeat(np.arange(len(counts_D)), counts_D)
    firsts_D = np.cumsum(counts_D) - counts_D
    within_P = np.arange(len(documents_P)) - firsts_D[documents_P]
    starts_P = starts_D[documents_P] + within_P * width
    lengths_P = np.minimum(width, starts_D[documents_P] + lengths_D[documents_P] - starts_P)
    return starts_P, lengths_P


def _documents(file: TokenFile, places_NW: NDArray[np.int64]) -> NDArray[np.int64]:
    places = places_NW.ravel().astype(np.uint64)  # other types would convert all the ends
    # `ends_D` are exclusive. With side="right" a place gets the first document that ends behind it,
    # and empty documents are passed over.
    return np.searchsorted(file.ends_D, places, side="right").reshape(places_NW.shape)
