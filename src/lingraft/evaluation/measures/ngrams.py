"""Uniform, unigram and bigram distributions over a vocabulary, counted on text.

Interpolated smoothing of Witten and Bell (1991; Chen and Goodman 1999, section 2.6):

    p1(w)     = (c(w) + T / V) / (N + T)
    p2(w | h) = (c(h, w) + T(h) p1(w)) / (c(h) + T(h))

where N tokens are of T types, c(h) tokens of T(h) types follow h, and V is the size of the
vocabulary. Both sum to 1 over the vocabulary. The beginning of a document is a context as well.

Shapes: S ids (the largest one + 1), N tokens, K different bigrams.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from lingraft.numeric.arrays import AnyInts, Float64, Int64

_TOGETHER = 4_000_000  # bigrams that wait to be counted


@dataclass(frozen=True)
class NgramCounts:
    """How often tokens, and pairs of neighbors, occur.

    Attributes:
        vocabulary: V; ids may have gaps, so it can be smaller than S.
        tokens_S: c(w) by id.
        contexts_S: c(h) by id, with one more place at the end for the beginning of a document.
        followers_S: T(h), likewise.
        pairs_K: the bigrams as h * S + w, ascending.
        counts_K: c(h, w) of each.
    """

    vocabulary: int
    tokens_S: Int64
    contexts_S: Int64
    followers_S: Int64
    pairs_K: Int64
    counts_K: Int64

    @classmethod
    def of(cls, documents: Iterable[AnyInts], vocabulary: int, size: int) -> Self:
        """Count documents.

        Args:
            documents: ids of tokens, several documents in one array; `size` ends each.
            vocabulary: V.
            size: S.
        """
        tokens_S = np.zeros(size, np.int64)
        pairs_K, counts_K = np.zeros(0, np.int64), np.zeros(0, np.int64)
        for found_N in _together(_pairs(documents, size)):
            tokens_S += np.bincount(found_N % size, minlength=size)
            new_K, new_counts_K = np.unique(found_N, return_counts=True)
            pairs_K, place_K = np.unique(np.concatenate([pairs_K, new_K]), return_inverse=True)
            before_K = np.concatenate([counts_K, new_counts_K])
            counts_K = np.zeros(len(pairs_K), np.int64)
            np.add.at(counts_K, place_K, before_K)
        contexts_K = pairs_K // size
        # bincount adds up floats, which are exact for whole numbers below 2 ** 53.
        contexts_S = np.bincount(contexts_K, counts_K, minlength=size + 1).astype(np.int64)
        followers_S = np.bincount(contexts_K, minlength=size + 1)
        return cls(vocabulary, tokens_S, contexts_S, followers_S, pairs_K, counts_K)

    @property
    def size(self) -> int:
        """S, which is also the context of a document's first token."""
        return len(self.tokens_S)

    def uniform(self, ids_N: Int64) -> Float64:
        """1 / V for each token."""
        return np.full(len(ids_N), 1 / self.vocabulary)

    def unigram(self, ids_N: Int64) -> Float64:
        """p1 of each token."""
        types, total = np.count_nonzero(self.tokens_S), self.tokens_S.sum()
        if not total:
            return self.uniform(ids_N)
        return np.asarray((self.tokens_S[ids_N] + types / self.vocabulary) / (total + types))

    def bigram(self, ids_N: Int64, contexts_N: Int64) -> Float64:
        """p2 of each token after its context, an id or S."""
        pairs_N = contexts_N * self.size + ids_N
        place_N = np.searchsorted(self.pairs_K, pairs_N)
        # A last place that equals no pair: a bigram that comes after all known ones.
        known_K, counts_K = np.append(self.pairs_K, -1), np.append(self.counts_K, 0)
        seen_N = np.where(known_K[place_N] == pairs_N, counts_K[place_N], 0)
        types_N, after_N = self.followers_S[contexts_N], self.contexts_S[contexts_N]
        shorter_N = self.unigram(ids_N)
        known_N = (seen_N + types_N * shorter_N) / np.maximum(after_N + types_N, 1)
        return np.where(after_N > 0, known_N, shorter_N)


def _pairs(documents: Iterable[AnyInts], size: int) -> Iterator[Int64]:
    """Yield each token with its context, as h * S + w."""
    for given_N in documents:
        ids_N = given_N.astype(np.int64)
        contexts_N = np.concatenate([[size], ids_N[:-1]])
        is_token_N = ids_N != size
        yield contexts_N[is_token_N] * size + ids_N[is_token_N]


def _together(parts: Iterable[Int64]) -> Iterator[Int64]:
    """Yield the parts in few large arrays: each costs a merge with all that was counted."""
    waiting, count = [], 0
    for part_N in parts:
        waiting.append(part_N)
        count += len(part_N)
        if count >= _TOGETHER:
            yield np.concatenate(waiting)
            waiting, count = [], 0
    if waiting:
        yield np.concatenate(waiting)
