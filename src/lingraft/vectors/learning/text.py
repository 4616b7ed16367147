"""A text as ids of its frequent words.

Legend: W words, N words of the text, E dimension.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import AnyFloats, Int64
from lingraft.vectors.vectorset import VectorSet


@dataclass(frozen=True)
class EncodedText:
    """The words that are frequent enough, and the text as their ids; rare words are left out.

    Args:
        words: the most frequent first; words of one count in the order of their letters.
        counts_W: how often each occurs.
        ids_N: the text, line after line.
        line_N: the number of the line of each word; it never falls.
    """

    words: list[str]
    counts_W: Int64
    ids_N: Int64
    line_N: Int64

    def vector_set(self, vectors_WE: AnyFloats, **more: Any) -> VectorSet:
        """The words with vectors of theirs.

        Args:
            vectors_WE: in the order of the words.
            more: as `VectorSet` names it.
        """
        return VectorSet(self.words, vectors_WE.astype(np.float32), self.counts_W, **more)

    def lines(self) -> list[Int64]:
        """The ids of each line that has any."""
        return np.split(self.ids_N, np.flatnonzero(np.diff(self.line_N)) + 1)

    def subsampled(self, threshold: float, generator: np.random.Generator) -> "EncodedText":
        """The text with frequent words dropped at random (Mikolov et al., 2013, as word2vec does).

        A word of frequency f is kept with probability sqrt(t/f) + t/f.

        Args:
            threshold: t, a share of the text; 1 keeps all words.
            generator: what decides.
        """
        ratio_W = threshold / (self.counts_W / self.counts_W.sum())
        keep_W = np.sqrt(ratio_W) + ratio_W
        keep_N = generator.random(len(self.ids_N)) < keep_W[self.ids_N]
        return EncodedText(self.words, self.counts_W, self.ids_N[keep_N], self.line_N[keep_N])


def encode(lines: Iterable[Sequence[str]], minimum_count: int) -> EncodedText:
    """Count the words of lines and encode the lines by those that are frequent enough.

    Raises:
        InputError: there is no word, or none is frequent enough.
    """
    index: dict[str, int] = {}
    ids, line_of = array("q"), array("q")
    for number, line in enumerate(lines):
        ids.extend(index.setdefault(word, len(index)) for word in line)
        line_of.extend([number] * len(line))
    if not ids:
        raise InputError("there is no text to train vectors on: the corpus has no words")
    found_N, line_N = np.frombuffer(ids, np.int64), np.frombuffer(line_of, np.int64)
    counts = np.bincount(found_N, minlength=len(index))
    words = list(index)
    frequent = np.flatnonzero(counts >= minimum_count).tolist()
    if not frequent:
        raise InputError(
            f"no word occurs minimum_count = {minimum_count} times; "
            "lower minimum_count or give the vectors more text"
        )
    order = sorted(frequent, key=lambda old: (-int(counts[old]), words[old]))
    new_of = np.full(len(index), -1, np.int64)
    new_of[order] = np.arange(len(order))
    ids_N = new_of[found_N]
    known_N = ids_N >= 0
    return EncodedText(
        [words[old] for old in order], counts[order], ids_N[known_N], line_N[known_N]
    )
