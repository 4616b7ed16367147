"""Word pairs from the parallel text of a corpus, e.g. the catalogue of a program's messages.

Messages that are one word in both languages are pairs as they stand. Beyond them, words that
keep each other's company over the sentence pairs, and prefer each other mutually, are pairs too
(Dice coefficient; Smadja et al., 1996).

Legend: P sentence pairs, S source words, T target words.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from scipy import sparse

from lingraft.config.vectors import Parallel
from lingraft.corpus.documents import read_pairs
from lingraft.corpus.words import split_words
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.places import Places, single_word
from lingraft.vectors.pairs import WordPair
from lingraft.vectors.vectorset import VectorSet

_MINIMUM_TOGETHER = 3  # sentence pairs
_MINIMUM_DICE = 0.3


def read_parallel(settings: Parallel, places: Places) -> Iterator[WordPair]:
    """Read pairs in the direction of the file: its source is the pivot's text."""
    path = places.corpus(settings.corpus) / "parallel.jsonl.zst"
    if not path.is_file():
        raise InputError(f"corpus {settings.corpus!r} has no parallel text: it needs a pivot")
    sides = (places.target, places.source) if settings.reversed else (places.source, places.target)
    sentences = [
        (_words(pair.source, sides[0]), _words(pair.target, sides[1])) for pair in read_pairs(path)
    ]
    for source, target in sentences:
        if len(source) == len(target) == 1:
            yield WordPair(source[0], target[0])
    if settings.extract == "co-occurrence":
        yield from _co_occurring(sentences)


def _words(text: str, side: VectorSet) -> list[str]:
    text = text.lower() if side.lowercase else text
    words = split_words(text, side.language or "und_Zyyy")
    return [word for word in words if single_word(word)]


def _co_occurring(sentences: Sequence[tuple[list[str], list[str]]]) -> Iterator[WordPair]:
    sources, source_PS = _incidence(source for source, _ in sentences)
    targets, target_PT = _incidence(target for _, target in sentences)
    together_ST = (source_PS.T @ target_PT).tocoo()
    counts_S, counts_T = source_PS.sum(axis=0), target_PT.sum(axis=0)
    row, column = together_ST.coords
    dice = 2 * together_ST.data / (counts_S[row] + counts_T[column])
    enough = (together_ST.data >= _MINIMUM_TOGETHER) & (dice >= _MINIMUM_DICE)
    row, column, dice = row[enough], column[enough], dice[enough]
    best_S, best_T = np.zeros(len(sources)), np.zeros(len(targets))
    np.maximum.at(best_S, row, dice)
    np.maximum.at(best_T, column, dice)
    mutual = (dice == best_S[row]) & (dice == best_T[column])
    for s, t in zip(row[mutual], column[mutual], strict=True):
        yield WordPair(sources[s], targets[t])


def _incidence(sentences: Iterable[list[str]]) -> tuple[list[str], sparse.csr_array]:
    """Vocabulary, and a matrix (P, words) of 1 where a sentence holds a word."""
    index: dict[str, int] = {}
    indices: list[int] = []
    ends = [0]
    for words in sentences:
        indices.extend(sorted({index.setdefault(word, len(index)) for word in words}))
        ends.append(len(indices))
    shape = (len(ends) - 1, len(index))
    matrix = sparse.csr_array((np.ones(len(indices), np.int64), indices, ends), shape=shape)
    return list(index), matrix
