"""Which row of which corpus is sample number s: a pure function of the seed and s, without state.

Resuming therefore costs nothing, whatever the number of processes was or will be. Numbers come
from hashing, permutations from a Feistel network over a power of four that walks its cycles back
into the range (Black and Rogaway 2002); both work on arrays.

Shapes: N samples, C corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lingraft.numeric.arrays import Uint64

_SLOTS = 10_000  # resolution of the corpora's shares
_ROUNDS = 4
_BLOCK = 2048  # samples drawn at a time
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ROUND_KEYS = np.arange(_ROUNDS, dtype=np.uint64) * GOLDEN


class Stream(IntEnum):
    """What random numbers are drawn for: the second part of every key, after the seed.

    Two uses with the same number would draw the same numbers. A number is never changed or given
    to another use: trainings would continue with other data.
    """

    CORPUS = 1  # the order in which corpora take turns
    ROW = 2  # the order of a corpus's rows in an epoch
    CUT = 3  # where an epoch begins to cut the corpus into rows
    MASK = 4  # which tokens are hidden, and what is put in their places
    SPLIT = 5  # which tokens StochasTok splits, and how else words are cut at random
    # 6 and 7 were for the held-out rows of earlier versions.
    DROPOUT = 8  # dropout masks of a micro-batch
    DECODER = 9  # what is hidden from the decoder of RetroMAE
    EXAMPLE = 16  # the order of the examples of sentence encoders in an epoch
    HIDDEN = 17  # which tokens of their texts are hidden


def mix(values: Uint64) -> Uint64:
    """Scramble 64-bit integers: the finalizer of splitmix64, one to one."""
    # This line makes a new array, so the lines below do not change the caller's.
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


def key(*parts: ArrayLike) -> Uint64:
    """A 64-bit key that depends on each part and their order; parts broadcast."""
    state = np.asarray(GOLDEN)
    for part in parts:
        # Hashes are computed modulo 2 ** 64 and overflow on purpose. numpy warns of this in scalars
        # but not in arrays: hence `atleast_1d`.
        with np.errstate(over="ignore"):
            state = mix(np.atleast_1d(state + np.asarray(part).astype(np.uint64) * GOLDEN))
    return state


def permute(positions_N: Uint64, size: int, keys_N: Uint64) -> Uint64:
    """Where a permutation of `size` elements, chosen by a key, sends each position.

    Args:
        positions_N: uint64, below `size`.
        size: elements of the permutation.
        keys_N: uint64; equal keys choose the same permutation.
    """
    # A Feistel network permutes 2 ** (2 * half_bits) numbers, up to four times as many as wanted.
    # A result outside of the range is permuted again: its cycle must come back into the range.
    half_bits = np.uint64(max(1, -(-(size - 1).bit_length() // 2)))
    result_N = _feistel(positions_N, half_bits, keys_N)
    while (outside_N := result_N >= size).any():
        result_N[outside_N] = _feistel(result_N[outside_N], half_bits, keys_N[outside_N])
    return result_N


def _feistel(values: Uint64, half_bits: np.uint64, keys: Uint64) -> Uint64:
    mask = (np.uint64(1) << half_bits) - np.uint64(1)
    left, right = values >> half_bits, values & mask
    for number in range(_ROUNDS):
        # A round can be undone, whatever the hash is: the left half is XORed with a hash of the
        # right half, and the right half is kept. So no two numbers get the same result.
        left, right = right, left ^ (mix(right + keys + ROUND_KEYS[number]) & mask)
    return (left << half_bits) | right


@dataclass(frozen=True)
class Draw:
    """What each sample is: row `rows_N` of corpus `corpora_N`, read for the epochs_N-th time."""

    corpora_N: NDArray[np.intp]
    epochs_N: Uint64
    rows_N: Uint64


class Sampler:
    """Deals rows of several corpora in fixed shares, each corpus in an order new in every epoch.

    Of every 10,000 samples each corpus has exactly its share, spread at random.
    """

    def __init__(self, rows_C: Sequence[int], weights_C: Sequence[float], seed: int) -> None:
        self.rows_C = np.array(rows_C, np.uint64)
        self.seed = seed
        self.slots_C = apportion(weights_C, _SLOTS)
        self._ends_C = np.cumsum(self.slots_C)
        # A cache of this object. As a decorator of the method it would keep every sampler in
        # memory.
        self._cached_block = lru_cache(maxsize=4)(self._block)

    def draw(self, samples_N: NDArray[np.int64]) -> Draw:
        """The rows that are the samples of these numbers."""
        numbers_N = np.asarray(samples_N)
        wanted, places_N = np.unique(numbers_N // _BLOCK, return_inverse=True)
        blocks = [self._cached_block(int(number)) for number in (wanted if len(wanted) else [0])]
        # `places_N` says which of the wanted blocks has a sample. The blocks are concatenated
        # below, each 2,048 samples long.
        within_N = places_N * _BLOCK + numbers_N % _BLOCK
        return Draw(
            *(
                np.concatenate([getattr(block, name) for block in blocks])[within_N]
                for name in ("corpora_N", "epochs_N", "rows_N")
            )
        )

    def _block(self, number: int) -> Draw:
        """Draws of a block of samples: arrays this long cost hardly more than those of a batch."""
        numbers_N = np.arange(number * _BLOCK, (number + 1) * _BLOCK, dtype=np.uint64)
        # Samples come in cycles of 10,000 slots, of which each corpus has its share; every cycle
        # deals the slots in another order. A corpus counts the slots that it had before, and so
        # knows which row of which epoch is next.
        cycles_N, places_N = np.divmod(numbers_N, np.uint64(_SLOTS))
        slots_N = permute(places_N, _SLOTS, key(self.seed, Stream.CORPUS, cycles_N))
        # Each corpus has a range of slots, one range after the other.
        corpora_N = np.searchsorted(self._ends_C, slots_N, side="right")
        shares_N = self.slots_C[corpora_N].astype(np.uint64)
        begins_N = (self._ends_C[corpora_N] - self.slots_C[corpora_N]).astype(np.uint64)
        counts_N = cycles_N * shares_N + (slots_N - begins_N)
        epochs_N, indices_N = np.divmod(counts_N, self.rows_C[corpora_N])
        rows_N = np.empty_like(indices_N)
        for corpus in np.unique(corpora_N):
            of_N = corpora_N == corpus
            keys_N = key(self.seed, Stream.ROW, corpus, epochs_N[of_N])
            rows_N[of_N] = permute(indices_N[of_N], int(self.rows_C[corpus]), keys_N)
        return Draw(corpora_N, epochs_N, rows_N)


def apportion(weights_C: Sequence[float], total: int) -> NDArray[np.int64]:
    """Divide `total` in proportion to the weights by largest remainders; each gets at least one."""
    shares_C = np.array(weights_C, float) / sum(weights_C) * total
    counts_C = np.maximum(np.floor(shares_C).astype(np.int64), 1)
    while (missing := total - int(counts_C.sum())) != 0:
        step = 1 if missing > 0 else -1
        gaps_C = (shares_C - counts_C) * step
        # A corpus with one slot must keep it, so it is never the one that gives a slot back.
        gaps_C[(counts_C <= 1) & (step < 0)] = -np.inf
        counts_C[np.argmax(gaps_C)] += step
    return counts_C


def flatten(tokens_C: Sequence[int], exponent: float) -> list[float]:
    """Weights that draw small corpora more often than their size says (Conneau et al. 2020)."""
    return [float(tokens) ** exponent for tokens in tokens_C]
