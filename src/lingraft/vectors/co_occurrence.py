"""Words that occur together in sentence pairs, and prefer each other mutually.

The preference is the Dice coefficient (Smadja et al., 1996).
Legend: P sentence pairs, S source words, T target words.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy import sparse

from lingraft.vectors.word_pairs import WordPair

_MINIMUM_TOGETHER = 3  # sentence pairs
_MINIMUM_DICE = 0.3


def co_occurring(sentences: Sequence[tuple[list[str], list[str]]]) -> Iterator[WordPair]:
    """Yield pairs of words that prefer each other, from sentence pairs as lists of words."""
    sources, source_PS = _incidence(source for source, _ in sentences)
    targets, target_PT = _incidence(target for _, target in sentences)
    # (S, P) @ (P, T): in how many sentence pairs both words occur.
    together_ST = (source_PS.T @ target_PT).tocoo()
    counts_S, counts_T = source_PS.sum(axis=0), target_PT.sum(axis=0)
    row, column = together_ST.coords
    dice = 2 * together_ST.data / (counts_S[row] + counts_T[column])
    enough = (together_ST.data >= _MINIMUM_TOGETHER) & (dice >= _MINIMUM_DICE)
    row, column, dice = row[enough], column[enough], dice[enough]
    best_S, best_T = np.zeros(len(sources)), np.zeros(len(targets))
    # maximum.at takes every entry of a repeated row; best_S[row] = ... would keep only the last.
    np.maximum.at(best_S, row, dice)
    np.maximum.at(best_T, column, dice)
    # `==` between floats is safe here, because the maxima are copies of the same numbers.
    mutual = (dice == best_S[row]) & (dice == best_T[column])
    for s, t in zip(row[mutual], column[mutual], strict=True):
        yield WordPair(sources[s], targets[t])


def _incidence(sentences: Iterable[list[str]]) -> tuple[list[str], sparse.csr_array]:
    """Vocabulary, and a matrix (P, words) of 1 where a sentence has a word."""
    index: dict[str, int] = {}
    indices: list[int] = []
    ends = [0]
    for words in sentences:
        # setdefault gives a new word the next number; the set counts a repeated word once.
        indices.extend(sorted({index.setdefault(word, len(index)) for word in words}))
        ends.append(len(indices))
    shape = (len(ends) - 1, len(index))
    matrix = sparse.csr_array((np.ones(len(indices), np.int64), indices, ends), shape=shape)
    return list(index), matrix
