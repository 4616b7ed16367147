"""What a masked language model predicts: a pure function of seed and sample number.

Every row predicts exactly the configured share of its ordinary tokens (as the original BERT did;
a constant count also keeps shapes static), chosen as those with the smallest hash values. Whole
words share one hash value, so they are chosen together.

Shapes: N rows, L tokens of a row, V ids, P predictions.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lingraft.config.pretraining import Masking
from lingraft.corpus.token_files import Specials
from lingraft.errors import InputError
from lingraft.models.scoring.hiding import replace_hidden
from lingraft.numeric.arrays import Uint64
from lingraft.training.sampler import key, mix

_UNIT = float(1 << 24)
_NEVER = np.uint64(np.iinfo(np.uint64).max)


@dataclass(frozen=True)
class Masked:
    """Inputs with tokens hidden, and where predictions are due (row * L + place)."""

    ids_NL: NDArray[np.int64]
    positions_P: NDArray[np.int64]


class Masker:
    """Hides tokens of rows by a recipe."""

    def __init__(
        self, masking: Masking, specials: Specials, word_starts_V: NDArray[np.bool_] | None = None
    ) -> None:
        if specials.mask is None:
            raise InputError("the tokenizer has no mask token, which masked training needs")
        self.masking = masking
        self.mask = specials.mask
        self.special_V = np.zeros(specials.vocabulary_size, bool)
        self.special_V[list(specials.special)] = True
        self.ordinary_V = np.flatnonzero(~self.special_V)
        if masking.whole_words and word_starts_V is None:
            raise InputError("whole_words needs to know where the words of the vocabulary start")
        self.word_starts_V = word_starts_V if masking.whole_words else None

    def apply(
        self, ids_NL: NDArray[np.int64], real_NL: NDArray[np.bool_], keys_N: Uint64
    ) -> Masked:
        """Hide tokens of rows.

        Args:
            ids_NL: token ids.
            real_NL: False for padding.
            keys_N: one key for each row, made of seed and sample number.
        """
        hashes_NL = self._hash(keys_N, ids_NL.shape[1])
        eligible_NL = real_NL & ~self.special_V[ids_NL]
        positions_P = np.flatnonzero(self._choose(hashes_NL, eligible_NL, ids_NL))
        hidden_P = ids_NL.ravel()[positions_P]
        masked_NL = ids_NL.copy()
        # `ravel` of this copy is a view, so the assignment changes `masked_NL`. The hashes are
        # mixed again: those of chosen tokens are the smallest of their row and no longer uniform.
        masked_NL.ravel()[positions_P] = self._replace(
            hidden_P, mix(hashes_NL.ravel()[positions_P])
        )
        return Masked(masked_NL, positions_P)

    def _hash(self, keys_N: Uint64, length: int) -> Uint64:
        # (N, 1) and (L,) give one number for each place of each row. `mix` makes neighbors
        # unrelated.
        return mix(keys_N[:, None] ^ _counters(length))

    def _choose(
        self, hashes_NL: Uint64, eligible_NL: NDArray[np.bool_], ids_NL: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        if self.word_starts_V is not None:
            starts_NL = self.word_starts_V[ids_NL]
            hashes_NL = _share_within_words(hashes_NL, eligible_NL, starts_NL)
        # Each token has a random number, its hash; the tokens with the smallest ones are chosen.
        # Words share the hash of their first token, so whole words can exceed the exact share.
        scores_NL = np.where(eligible_NL, hashes_NL, _NEVER)
        counts_N = eligible_NL.sum(axis=1)
        chosen_N = np.maximum(1, np.rint(self.masking.probability * counts_N)).astype(np.int64)
        # Rows differ in few counts, so that partitioning at these is much cheaper than sorting.
        ranked_NL = np.partition(scores_NL, np.unique(chosen_N) - 1, axis=1)
        # After `np.partition` the value at index k - 1 is the k-th smallest of its row.
        limits_N = ranked_NL[np.arange(len(ranked_NL)), chosen_N - 1]
        # In a row without eligible tokens the limit is `_NEVER`, which all its scores equal.
        chosen_NL: NDArray[np.bool_] = (scores_NL <= limits_N[:, None]) & eligible_NL
        return chosen_NL

    def _replace(self, ids: NDArray[np.int64], hashes: Uint64) -> NDArray[np.int64]:
        # The upper 24 bits give a number in [0, 1), the lower 32 bits a rank in [0, size): they
        # share no bit, so the two are independent. (x * size) >> 32 scales x to the range.
        draws = (hashes >> np.uint64(40)).astype(np.float64) / _UNIT
        ranks = ((hashes & np.uint64(0xFFFFFFFF)) * np.uint64(len(self.ordinary_V))) >> np.uint64(
            32
        )
        return replace_hidden(ids, draws, self.ordinary_V[ranks], self.mask, self.masking)


@lru_cache(maxsize=4)
def _counters(length: int) -> Uint64:
    return key(np.arange(length))


def _share_within_words(
    hashes_NL: Uint64, eligible_NL: NDArray[np.bool_], starts_NL: NDArray[np.bool_]
) -> Uint64:
    """Give every token the hash of its word's first token; special tokens end words."""
    return np.take_along_axis(hashes_NL, first_of_words(eligible_NL, starts_NL), axis=1)


def first_of_words(
    eligible_NL: NDArray[np.bool_], starts_NL: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The place (N, L) of the first token of each token's word; special tokens end words.

    Args:
        eligible_NL: False for special tokens and padding, each of which is a word of its own.
        starts_NL: tokens that begin a word by their spelling.
    """
    after_special_NL = np.ones_like(eligible_NL)
    after_special_NL[:, 1:] = ~eligible_NL[:, :-1]
    begins_NL = starts_NL | after_special_NL | ~eligible_NL
    # The place of each word's first token, and 0 elsewhere. The running maximum repeats it up to
    # the end of the word.
    positions_NL = np.where(begins_NL, np.arange(begins_NL.shape[1]), 0)
    words_NL: NDArray[np.int64] = np.maximum.accumulate(positions_NL, axis=1)
    return words_NL
