"""The cells of parallel text: every combination of a target and a source token in a sentence pair.

Shapes: N sentence pairs, L tokens of all sentences, C cells of a block, P distinct token pairs, T
target vocabulary, S source vocabulary. `pairs[block]` names the token pair of each cell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

from lingraft.initialization.parallel.sentences import Sentences, sorted_distinct
from lingraft.numeric.arrays import AnyInts, Float64

_BLOCK_CELLS = 1 << 22  # bounds the working memory of one step, not the result


@dataclass(frozen=True)
class TokenCells:
    """The cells of all sentence pairs, in blocks, and the distinct token pairs among them."""

    source: Sentences
    target: Sentences
    shape: tuple[int, int]
    keys_P: AnyInts  # target id * S + source id, ascending
    blocks: list[tuple[int, int]]  # sentences [first, last) of each block
    pairs: list[AnyInts]  # for each block the token pair of each cell, int32

    @classmethod
    def of(cls, source: Sentences, target: Sentences, shape: tuple[int, int]) -> "TokenCells":
        blocks = list(_blocks(source.lengths_N * target.lengths_N))
        distinct, cell_keys = [], []
        for first, last in blocks:
            target_C, source_C = _positions(source, target, first, last)
            keys_C = target.tokens_L[target_C] * shape[1] + source.tokens_L[source_C]
            # A block has far fewer distinct keys than cells. Only the distinct keys are searched
            # among all pairs below; `inverse_C` spreads the answer to the cells.
            keys, inverse_C = np.unique(keys_C, return_inverse=True)
            distinct.append(keys)
            cell_keys.append(inverse_C.astype(np.int32))
        keys_P = sorted_distinct(np.concatenate(distinct))
        pairs = [
            np.searchsorted(keys_P, keys).astype(np.int32)[inverse_C]
            for keys, inverse_C in zip(distinct, cell_keys, strict=True)
        ]
        return cls(source, target, shape, keys_P, blocks, pairs)

    @property
    def pair_targets_P(self) -> AnyInts:
        return self.keys_P // self.shape[1]

    @property
    def pair_sources_P(self) -> AnyInts:
        return self.keys_P % self.shape[1]

    def by_target(self, block: int) -> AnyInts:
        """For each cell of a block the position of its target token."""
        return _positions(self.source, self.target, *self.blocks[block])[0]

    def by_source(self, block: int) -> AnyInts:
        """For each cell of a block the position of its source token."""
        return _positions(self.source, self.target, *self.blocks[block])[1]

    def sums(self, share_of: Callable[[int], Float64]) -> Float64:
        """The sum of a value of each cell by token pair (P,).

        Args:
            share_of: the values of the cells of a block.
        """
        sums_P = np.zeros(len(self.keys_P))
        for block, pairs_C in enumerate(self.pairs):
            sums_P += np.bincount(pairs_C, weights=share_of(block), minlength=len(sums_P))
        return sums_P

    def table(self, counts_P: Float64) -> csr_array:
        """The counts as a (T, S) matrix."""
        # Pairs are sorted by target id. Row t of a CSR matrix begins at the first pair whose id is
        # not below t.
        starts_T = np.searchsorted(self.pair_targets_P, np.arange(self.shape[0] + 1))
        return csr_array((counts_P, self.pair_sources_P, starts_T), shape=self.shape)


def _blocks(cells_N: AnyInts) -> Iterator[tuple[int, int]]:
    """Runs of sentences of about `_BLOCK_CELLS` cells each."""
    block_N = np.cumsum(cells_N) // _BLOCK_CELLS
    edges = [0, *(np.flatnonzero(np.diff(block_N)) + 1).tolist(), len(cells_N)]
    yield from pairwise(edges)


def _positions(
    source: Sentences, target: Sentences, first: int, last: int
) -> tuple[AnyInts, AnyInts]:
    """Positions in `tokens_L` of the target and source token of each cell of a block."""
    begin, end = target.starts_N[first], target.starts_N[last]
    sentence_L = np.repeat(np.arange(first, last), target.lengths_N[first:last])
    length_L = source.lengths_N[sentence_L]
    target_C = np.repeat(np.arange(begin, end), length_L)
    before_L = np.cumsum(length_L) - length_L
    # The cells of a target token are all tokens of its source sentence. A cell's number, less the
    # cells before its target token, is the place in that sentence.
    source_C = np.arange(len(target_C)) + np.repeat(
        source.starts_N[sentence_L] - before_L, length_L
    )
    return target_C, source_C
