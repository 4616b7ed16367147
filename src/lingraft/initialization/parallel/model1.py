"""One direction of IBM Model 1: each token of one side was made by a token of the other side.

Brown et al. (1993). p(made | given) is estimated by expectation maximization. Where text is short,
its maximum of likelihood is too sure: a word that was seen once belongs to one partner. A Dirichlet
prior, whose base measure is the frequency of the made tokens, adds A observations to each given
token. The estimate is then the mode under it (maximum a posteriori) or, as in Riley and Gildea
(2012), Improving the IBM Alignment Models Using Variational Bayes, the variational one. The empty
word of Brown et al. makes what has no counterpart, with a fixed probability as in fast_align.

Shapes: C cells of a block, P distinct token pairs, M vocabulary of the made side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from scipy.special import digamma

from lingraft.initialization.parallel.cells import TokenCells
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import Estimate
from lingraft.numeric.arrays import AnyInts, Float64

_LEAST = 1e-200


@dataclass(frozen=True)
class Estimation:
    """How probabilities follow from expected counts.

    Attributes:
        estimate: `likelihood`, `posterior` (the mode under the prior) or `variational`.
        prior: A, the strength of the prior in observations.
        empty_word: the probability that the empty word makes a token.
    """

    estimate: Estimate = "likelihood"
    prior: float = 0.0
    empty_word: float = 0.0


@dataclass(frozen=True)
class Direction:
    """The token pairs of a text, as seen from one side.

    Attributes:
        cells: the text.
        given_P: the token of each pair that makes the other one.
        made_P: the token that is made.
        base_M: frequencies of the made tokens, which sum to one.
        makes_source: True where source tokens are made by target tokens.
    """

    cells: TokenCells
    given_P: AnyInts
    made_P: AnyInts
    base_M: Float64
    makes_source: bool

    @classmethod
    def of(cls, cells: TokenCells, base_M: Float64, makes_source: bool) -> Self:
        """One direction of a text."""
        targets_P, sources_P = cells.pair_targets_P, cells.pair_sources_P
        given_P, made_P = (targets_P, sources_P) if makes_source else (sources_P, targets_P)
        return cls(cells, given_P, made_P, base_M, makes_source)

    @property
    def made(self) -> Sentences:
        """The side whose tokens are made."""
        return self.cells.source if self.makes_source else self.cells.target

    def made_tokens(self, block: int) -> tuple[AnyInts, AnyInts]:
        """The made tokens of a block: each cell's number among them (C,), and their ids (B,)."""
        by = self.cells.by_source if self.makes_source else self.cells.by_target
        positions_C = by(block)
        # Positions count through the whole text; less the first of the block they count from 0.
        first = int(positions_C[0])
        local_C = positions_C - first
        return local_C, self.made.tokens_L[first : first + int(local_C.max()) + 1]


@dataclass(frozen=True)
class _Weights:
    """Of one block, whose made tokens are numbered from 0 (B of them).

    Attributes:
        cells_C: of each cell.
        local_C: the number of its made token.
        totals_B: the sum of the cells of a made token.
        empty_B: of the empty word beside them; one zero without it.
        made_B: the ids of the made tokens.
    """

    cells_C: Float64
    local_C: AnyInts
    totals_B: Float64
    empty_B: Float64
    made_B: AnyInts


@dataclass(frozen=True, eq=False)
class Fit:
    """What is believed of a direction at one time.

    Attributes:
        direction: the text.
        how: how it is estimated.
        pairs_P: p(made | given) of each token pair.
        empty_M: what the empty word makes.
    """

    direction: Direction
    how: Estimation
    pairs_P: Float64
    empty_M: Float64

    @cached_property
    def counts_P(self) -> Float64:
        """How often each token pair is expected to be made (P,)."""
        return self.direction.cells.sums(self.shares)

    def shares(self, block: int) -> Float64:
        """The probability of each cell of a block that its given token made its made token (C,)."""
        weights = self._weigh(block)
        return np.asarray(weights.cells_C / (weights.totals_B + weights.empty_B)[weights.local_C])

    def empty_shares(self) -> Float64:
        """What the empty word makes, by its expected counts (M,)."""
        counts_M = np.zeros(len(self.empty_M))
        for block in range(len(self.direction.cells.blocks)):
            weights = self._weigh(block)
            shares_B = weights.empty_B / (weights.totals_B + weights.empty_B)
            counts_M += np.bincount(weights.made_B, weights=shares_B, minlength=len(counts_M))
        return np.asarray(counts_M / counts_M.sum())

    def _weigh(self, block: int) -> _Weights:
        direction = self.direction
        cells_C = self.pairs_P[direction.cells.pairs[block]]
        local_C, made_B = direction.made_tokens(block)
        totals_B = np.asarray(np.bincount(local_C, weights=cells_C), np.float64)
        if not self.how.empty_word:
            return _Weights(cells_C, local_C, totals_B, np.zeros(1), made_B)
        # A partner has the probability (1 - p0) / L, with L partners in the sentence. All weights
        # of a made token are multiplied by L / (1 - p0), so that those of the cells are plain.
        odds = self.how.empty_word / (1 - self.how.empty_word)
        empty_B = odds * np.bincount(local_C) * self.empty_M[made_B]
        return _Weights(cells_C, local_C, totals_B, empty_B, made_B)


def estimates(direction: Direction, how: Estimation) -> Iterator[Fit]:
    """Yield what is believed at the start and after each iteration, without end."""
    now = Fit(direction, how, _start(direction, how), direction.base_M)
    while True:
        yield now
        empty_M = now.empty_shares() if how.empty_word else now.empty_M
        now = Fit(direction, how, _maximized(now), empty_M)


def _start(direction: Direction, how: Estimation) -> Float64:
    # Only the ratios within a sentence count, so without an empty word ones need no division. Its
    # weight is a probability, so beside it all are; those of one made token are equal too.
    return direction.base_M[direction.made_P] if how.empty_word else np.ones(len(direction.made_P))


def _maximized(now: Fit) -> Float64:
    """p(made | given) that fits the expected counts (P,)."""
    direction, how, counts_P = now.direction, now.how, now.counts_P
    totals = np.bincount(direction.given_P, weights=counts_P)
    if how.estimate == "likelihood":
        return np.asarray(counts_P / totals[direction.given_P])
    counts_P = counts_P + how.prior * direction.base_M[direction.made_P]
    totals_P = (totals + how.prior)[direction.given_P]
    if how.estimate == "posterior":
        return np.asarray(counts_P / totals_P)
    # exp(digamma(x)) falls faster than any power as x nears 0; a token needs some partner.
    return np.asarray(np.maximum(np.exp(digamma(counts_P) - digamma(totals_P)), _LEAST))
