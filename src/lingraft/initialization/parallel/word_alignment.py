"""Which source tokens correspond to which target tokens, counted over parallel sentences.

IBM Model 1 (Brown et al. 1993) by expectation maximization, over the tokens of two tokenizers, as
a few array operations per iteration. The model assumes that each token on one side was picked by
some token on the other, in any order; its two directions err differently, so both are trained and
may be combined. The empty word of Brown et al., which picks what has no counterpart, is left out:
every token is picked by a real one. Output of another aligner (fast_align, eflomal) can be counted
instead.

Shapes: N sentence pairs, L tokens of all sentences, C cells, P distinct token pairs, T target
vocabulary, S source vocabulary. A cell is one (target token, source token) combination inside one
sentence pair; `pairs_C` names its token pair.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.initialization.evidence.text import lines_of
from lingraft.initialization.parallel.settings import Symmetrization
from lingraft.numeric.arrays import AnyInts, Float64

logger = logging.getLogger(__name__)

Positions = Callable[[int], AnyInts]  # of the cells of a block

_BLOCK_CELLS = 1 << 22  # bounds the working memory of one step, not the result


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

    def without_repetitions(self) -> "Sentences":
        """Each sentence as the ascending set of its tokens."""
        width = int(self.tokens_L.max(initial=0)) + 1
        # One number for each pair of sentence and token; sorted, they are in the order of the
        # sentences.
        keys = _sorted_distinct(self.sentences_L * width + self.tokens_L)
        lengths_N = np.bincount(keys // width, minlength=len(self))
        return Sentences(keys % width, _starts(lengths_N))

    def select(self, chosen_N: npt.NDArray[np.bool_]) -> "Sentences":
        """Only the sentences that are marked."""
        kept_L = np.repeat(chosen_N, self.lengths_N)
        return Sentences(self.tokens_L[kept_L], _starts(self.lengths_N[chosen_N]))


def align(
    source: Sentences,
    target: Sentences,
    *,
    shape: tuple[int, int],
    symmetrization: Symmetrization,
    iterations: int = 6,
    most_cells: int = 200_000_000,
) -> csr_array:
    """Expected number of times that each target token corresponds to each source token.

    Args:
        source: the source side of the sentence pairs.
        target: the target side; sentence n translates source sentence n.
        shape: (T, S), the sizes of the vocabularies.
        symmetrization: `target-picks-source` counts with the posterior p(source | target token,
            sentence), in which every target token hands out one unit; `source-picks-target` with
            the reverse, in which every source token does; `geometric-mean` with the square root
            of their product, which is large only where both agree.
        iterations: of expectation maximization, from a uniform start.
        most_cells: bound of the memory (4 bytes each); more text than that is thinned evenly.

    Returns:
        (T, S) float64 counts; deterministic, and independent of the order of the sentences up to
        rounding.

    Raises:
        InputError: the two sides do not have the same number of sentences, or no pair has tokens
            on both sides.
    """
    source, target = _usable(source, target, most_cells)
    cells = _Cells.of(source, target, shape)
    to_target_P = cells.train(cells.pair_sources_P, cells.by_target, iterations)
    to_source_P = cells.train(cells.pair_targets_P, cells.by_source, iterations)
    # p(t|s), normalized over the source tokens of a sentence, is the probability of each of them to
    # be picked by a target token; p(s|t), normalized over its target tokens, by a source token.
    picked_by_target = cells.by_target, to_target_P
    picked_by_source = cells.by_source, to_source_P
    chosen = {
        "target-picks-source": [picked_by_target],
        "source-picks-target": [picked_by_source],
        "geometric-mean": [picked_by_target, picked_by_source],
    }[symmetrization]
    return cells.table(cells.count(chosen))


def count_links(
    source: Sentences, target: Sentences, path: Path, *, shape: tuple[int, int]
) -> csr_array:
    """Count the links that another aligner wrote in the Pharaoh format (`0-0 1-2 ...`).

    Args:
        source: the source side as it was given to the aligner (uncut, with repetitions).
        target: the target side.
        path: one line a sentence pair, each link `source position-target position`, from 0.
        shape: (T, S).

    Raises:
        InputError: the file is missing or not UTF-8, the number of lines is another one, or a link
            cannot be read or lies outside its sentences.
    """
    linked: list[tuple[int, int]] = []
    lines = lines_of(path)
    if not len(lines) == len(source) == len(target):
        raise InputError(
            f"{path} has {len(lines)} lines, but the parallel text has {len(source)} pairs; "
            "align exactly the text that is given here"
        )
    for number, (line, start_s, start_t, length_s, length_t) in enumerate(
        zip(
            lines,
            source.starts_N.tolist(),
            target.starts_N.tolist(),
            source.lengths_N.tolist(),
            target.lengths_N.tolist(),
            strict=False,
        ),
        start=1,
    ):
        for link in line.split():
            i, j = _position(link, path, number)
            if i >= length_s or j >= length_t:
                raise InputError(
                    f"{path}, line {number}: link {link} lies outside its sentences of "
                    f"{length_s} and {length_t} tokens"
                )
            linked.append((start_s + i, start_t + j))
    links = np.array(linked, dtype=np.int64).reshape(-1, 2)
    rows, columns = target.tokens_L[links[:, 1]], source.tokens_L[links[:, 0]]
    table = csr_array((np.ones(len(links)), (rows, columns)), shape=shape)
    table.sum_duplicates()
    return table


@dataclass(frozen=True)
class _Cells:
    """The cells of all sentence pairs, in blocks, and the distinct token pairs among them."""

    source: Sentences
    target: Sentences
    shape: tuple[int, int]
    keys_P: AnyInts  # target id * S + source id, ascending
    blocks: list[tuple[int, int]]  # sentences [first, last) of each block
    pairs: list[AnyInts]  # for each block the token pair of each cell, int32

    @classmethod
    def of(cls, source: Sentences, target: Sentences, shape: tuple[int, int]) -> "_Cells":
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
        keys_P = _sorted_distinct(np.concatenate(distinct))
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

    def train(self, given_P: AnyInts, by: Positions, iterations: int) -> Float64:
        """Probabilities (P,) of the other token of each pair, by expectation maximization.

        Args:
            given_P: the token of each pair on which the probabilities are conditioned; those of
                equal tokens sum to one.
            by: the positions of a block's cells; the cells at one position share one unit.
            iterations: of expectation and maximization.
        """
        # A uniform start. Only the ratios within a sentence count, so ones need no division.
        probabilities_P = np.ones(len(self.keys_P))
        for _ in range(iterations):
            counts_P = self.count([(by, probabilities_P)])
            # The sum of the counts of all pairs with the same given token.
            totals = np.bincount(given_P, weights=counts_P)
            probabilities_P = counts_P / totals[given_P]
        return probabilities_P

    def count(self, directions: Sequence[tuple[Positions, Float64]]) -> Float64:
        """Sum over cells of the (geometric mean of the) posteriors of the given directions."""
        counts_P = np.zeros(len(self.keys_P))
        for block, pairs_C in enumerate(self.pairs):
            posterior_C = np.ones(len(pairs_C))
            for by, probabilities_P in directions:
                posterior_C *= _share(probabilities_P[pairs_C], by(block))
            if len(directions) > 1:
                posterior_C **= 1 / len(directions)
            counts_P += np.bincount(pairs_C, weights=posterior_C, minlength=len(counts_P))
        return counts_P

    def table(self, counts_P: Float64) -> csr_array:
        """The counts as a (T, S) matrix."""
        # Pairs are sorted by target id. Row t of a CSR matrix begins at the first pair whose id is
        # not below t.
        starts_T = np.searchsorted(self.pair_targets_P, np.arange(self.shape[0] + 1))
        return csr_array((counts_P, self.pair_sources_P, starts_T), shape=self.shape)


def _share(weights_C: Float64, positions_C: AnyInts) -> Float64:
    """Each cell's share of the sum of the cells at its position."""
    first = positions_C[0]
    # Positions count through the whole text; less the first of the block they count from 0.
    totals = np.bincount(positions_C - first, weights=weights_C)
    return np.asarray(weights_C / totals[positions_C - first])


def _usable(source: Sentences, target: Sentences, most_cells: int) -> tuple[Sentences, Sentences]:
    """The pairs with tokens on both sides, thinned evenly to the bound of the cells."""
    if len(source) != len(target):
        raise InputError(f"{len(source)} source sentences face {len(target)} target sentences")
    cells_N = source.lengths_N * target.lengths_N
    chosen_N = cells_N > 0
    if not chosen_N.any():
        raise InputError("the parallel text has no pair with tokens on both sides")
    every = int(cells_N.sum()) // most_cells + 1
    if every > 1:
        chosen_N &= np.arange(len(cells_N)) % every == 0
        logger.info("word alignment reads every %d-th of %d pairs", every, len(cells_N))
    return source.select(chosen_N), target.select(chosen_N)


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


def _sorted_distinct(keys: AnyInts) -> AnyInts:
    # np.unique without inverse goes through a hash table, five times slower at ten million keys.
    ordered = np.sort(keys)
    return ordered[np.concatenate(([True], ordered[1:] > ordered[:-1]))] if len(keys) else ordered


def _starts(lengths_N: AnyInts) -> AnyInts:
    return np.concatenate(([0], np.cumsum(lengths_N)))


def _position(link: str, path: Path, number: int) -> tuple[int, int]:
    source, _, target = link.partition("-")
    if not (source.isdecimal() and target.isdecimal()):
        raise InputError(f"{path}, line {number}: {link!r} is not a link such as 0-1")
    return int(source), int(target)
