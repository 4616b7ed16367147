"""Which source tokens correspond to which target tokens, counted over parallel sentences.

IBM Model 1 (Brown et al. 1993) over the tokens of two tokenizers, as a few array operations per
iteration. The model assumes that each token on one side was picked by some token on the other, in
any order; its two directions err differently, so either or both may be counted.

Shapes: N sentence pairs, T target vocabulary, S source vocabulary.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from lingraft.artifacts import fingerprint
from lingraft.artifacts.kept import kept_answer, kept_arrays
from lingraft.errors import InputError
from lingraft.initialization.parallel.cells import TokenCells
from lingraft.initialization.parallel.held_out import (
    Chosen,
    choose,
    held_out_pairs,
    token_shares,
)
from lingraft.initialization.parallel.model1 import (
    Direction,
    Estimation,
    Fit,
    estimates,
)
from lingraft.initialization.parallel.sentences import Sentences
from lingraft.initialization.parallel.settings import WordAlignment
from lingraft.numeric.arrays import AnyInts, Float64

logger = logging.getLogger(__name__)

_REVISION = 1  # of what is kept: raised where the same text gets other counts
_MOST_CELLS = 200_000_000  # 4 bytes each; more text than that is thinned evenly
# For each direction that is counted, whether it makes source tokens: target tokens are picked.
_DIRECTIONS = {
    "target-picks-source": (False,),
    "source-picks-target": (True,),
    "geometric-mean": (False, True),
}


@dataclass(frozen=True)
class Aligned:
    """Sentence pairs, and how their tokens are aligned in each direction that counts.

    Attributes:
        source: the source side, none of it empty.
        target: the target side.
        shape: (T, S), the sizes of the vocabularies.
        chosen: the settings of each direction, by whether it makes source tokens.
        kept: folder for the counts, which initializations of other methods and seeds share.
    """

    source: Sentences
    target: Sentences
    shape: tuple[int, int]
    chosen: Mapping[bool, Chosen]
    kept: Path | None = None

    @property
    def cells(self) -> TokenCells:
        """The token pairs of all sentence pairs; made anew at each use."""
        return TokenCells.of(self.source, self.target, self.shape)

    def counts(self) -> csr_array:
        """Expected number of times that each target token corresponds to each source token (T, S).

        In float64; independent of the order of the sentences up to rounding. In one direction each
        token that picks hands out one unit (less what the empty word gets); for the geometric mean
        it is the square root of the product of both posteriors, large only where both agree.
        """
        if self.kept is None:
            return self._counted()
        arrays = kept_arrays(self.kept / f"{self._key()[:24]}.npz", self._arrays)
        return csr_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=self.shape)

    def _arrays(self) -> dict[str, AnyInts | Float64]:
        counts_TS = self._counted()
        return {
            "data": counts_TS.data,
            "indices": counts_TS.indices,
            "indptr": counts_TS.indptr,
        }

    def _key(self) -> str:
        """A digest of all that the counts follow from."""
        directions = [
            [makes_source, asdict(each.how), each.iterations]
            for makes_source, each in self.chosen.items()
        ]
        sides = [self.source.digest, self.target.digest]
        return fingerprint([_REVISION, sides, self.shape, directions])

    def _counted(self) -> csr_array:
        cells = self.cells
        fits = [self._fit(cells, makes_source) for makes_source in self.chosen]

        def geometric_mean(block: int) -> Float64:
            parts = [fit.shares(block) for fit in fits]
            return np.asarray(np.prod(parts, axis=0) ** (1 / len(parts)))

        return cells.table(cells.sums(geometric_mean))

    def seen_and_unseen(self) -> tuple["Aligned", "Aligned"]:
        """The pairs in two parts; the second is the tenth on which settings are chosen."""
        held_N = held_out_pairs(self.source, self.target)
        seen, unseen = (
            replace(self, source=self.source.select(kept_N), target=self.target.select(kept_N))
            for kept_N in (~held_N, held_N)
        )
        return seen, unseen

    def account(self) -> dict[str, dict[str, Any]]:
        """What was chosen, by who picks."""
        names = {False: "target-picks-source", True: "source-picks-target"}
        return {
            names[makes_source]: {
                "prior": each.how.prior,
                "iterations": each.iterations,
                "held_out_log_likelihood": each.likelihood,
            }
            for makes_source, each in self.chosen.items()
        }

    def _fit(self, cells: TokenCells, makes_source: bool) -> Fit:
        chosen = self.chosen[makes_source]
        side, size = (self.source, self.shape[1]) if makes_source else (self.target, self.shape[0])
        direction = Direction.of(cells, token_shares(side, size), makes_source)
        return next(islice(estimates(direction, chosen.how), chosen.iterations, None))


def align(
    source: Sentences,
    target: Sentences,
    *,
    shape: tuple[int, int],
    settings: WordAlignment,
    most_cells: int = _MOST_CELLS,
    kept: Path | None = None,
) -> Aligned:
    """Align the tokens of sentence pairs, and count.

    Args:
        source: the source side of the sentence pairs.
        target: the target side; sentence n translates source sentence n.
        shape: (T, S), the sizes of the vocabularies.
        settings: whose choice is counted, and how probabilities are estimated. What is not set is
            chosen, for each direction apart, by the likelihood of held-out pairs.
        most_cells: bound of the memory; more text than that is thinned evenly.
        kept: folder in which the choice and the counts are kept and found again; None keeps none.

    Raises:
        InputError: the two sides do not have the same number of sentences, or no pair has tokens
            on both sides.
    """
    source, target = _usable(source, target, most_cells)
    chosen = {
        makes_source: _chosen(source, target, shape, makes_source, settings, kept)
        for makes_source in _DIRECTIONS[settings.symmetrization]
    }
    return Aligned(source, target, shape, chosen, kept)


def _chosen(
    source: Sentences,
    target: Sentences,
    shape: tuple[int, int],
    makes_source: bool,
    settings: WordAlignment,
    kept: Path | None,
) -> Chosen:
    """The choice for one direction, of what is kept or made anew."""
    if kept is None or not settings.is_chosen:
        return choose(source, target, shape, makes_source, settings)
    sides = [source.digest, target.digest]
    question = [_REVISION, sides, shape, makes_source, settings.model_dump(mode="json")]
    answer = kept_answer(
        kept / f"{fingerprint(question)[:24]}.json",
        lambda: asdict(choose(source, target, shape, makes_source, settings)),
    )
    return Chosen(Estimation(**answer["how"]), answer["iterations"], answer["likelihood"])


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
