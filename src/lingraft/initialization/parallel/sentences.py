"""Token ids of many sentences in two arrays.

Shapes: N sentences, L tokens of all sentences.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lingraft.numeric.arrays import AnyInts


@dataclass(frozen=True)
class Sentences:
    """Token ids of many sentences, end to end; sentence n begins at `starts_N[n]`."""

    tokens_L: AnyInts
    starts_N: AnyInts  # N + 1 entries

    @classmethod
    def of(
        cls,
        sentences: Sequence[Sequence[int]],
        *,
        longest: int | None = None,
        as_sets: bool = False,
    ) -> "Sentences":
        """Join lists of ids.

        Args:
            sentences: the ids of each sentence.
            longest: cut each sentence at so many tokens; None for no limit.
            as_sets: keep each token once in a sentence.
        """
        cut = [sentence[:longest] for sentence in sentences]
        lengths_N = np.fromiter(map(len, cut), dtype=np.int64, count=len(cut))
        tokens_L = np.fromiter(
            (token for sentence in cut for token in sentence), np.int64, count=int(lengths_N.sum())
        )
        joined = cls(tokens_L, _starts(lengths_N))
        return joined.without_repetitions() if as_sets else joined

    def __len__(self) -> int:
        return len(self.starts_N) - 1

    @property
    def lengths_N(self) -> AnyInts:
        """Number of tokens of each sentence."""
        return np.diff(self.starts_N)

    @property
    def sentences_L(self) -> AnyInts:
        """For each token the number of its sentence."""
        return np.repeat(np.arange(len(self)), self.lengths_N)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the ids and of where sentences begin."""
        digest = hashlib.sha256()
        for numbers in (self.starts_N, self.tokens_L):  # the first says where it ends itself
            digest.update(numbers.astype(np.int64).tobytes())
        return digest.hexdigest()

    def without_repetitions(self) -> "Sentences":
        """Each sentence as the ascending set of its tokens."""
        width = int(self.tokens_L.max(initial=0)) + 1
        # One number for each pair of sentence and token; sorted, they are in the order of the
        # sentences.
        keys = sorted_distinct(self.sentences_L * width + self.tokens_L)
        lengths_N = np.bincount(keys // width, minlength=len(self))
        return Sentences(keys % width, _starts(lengths_N))

    def select(self, chosen_N: npt.NDArray[np.bool_]) -> "Sentences":
        """Only the sentences that are marked."""
        kept_L = np.repeat(chosen_N, self.lengths_N)
        return Sentences(self.tokens_L[kept_L], _starts(self.lengths_N[chosen_N]))


def sorted_distinct(keys: AnyInts) -> AnyInts:
    """The distinct values, rising."""
    # np.unique without inverse goes through a hash table, five times slower at ten million keys.
    ordered = np.sort(keys)
    return ordered[np.concatenate(([True], ordered[1:] > ordered[:-1]))] if len(keys) else ordered


def _starts(lengths_N: AnyInts) -> AnyInts:
    return np.concatenate(([0], np.cumsum(lengths_N)))
