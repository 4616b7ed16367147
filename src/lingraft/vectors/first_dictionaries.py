"""The first dictionary of self-learning, where there is none of people: from letters or geometry.

Legend: P pairs, N source words, M target words, E dimension, S words whose similarities are sorted.
"""

import re

import numpy as np
import torch

from lingraft.numeric.arrays import AnyFloats, Int64
from lingraft.vectors.fitting import Problem
from lingraft.vectors.normalization import PRESETS, mean_before_centering, normalize
from lingraft.vectors.similarities import Similarities

Rows = tuple[Int64, Int64]

_NUMERAL = re.compile(r"[0-9]+")


def identical_words(problem: Problem, numerals: bool = False) -> Rows:
    """Rows (P,) and (P,) of words that both vocabularies spell the same.

    Args:
        problem: both vocabularies.
        numerals: only those that are digits.
    """
    row_of = {word: row for row, word in enumerate(problem.target_words)}
    found = [
        (row, row_of[word])
        for row, word in enumerate(problem.source_words)
        if word in row_of and (not numerals or _NUMERAL.fullmatch(word))
    ]
    rows_P2 = np.array(found, np.int64).reshape(-1, 2)
    return rows_P2[:, 0], rows_P2[:, 1]


def similar_words(problem: Problem, words: int = 4000, neighbors: int = 10) -> Rows:
    """Rows of words whose similarities to all words of their own language are distributed alike.

    Artetxe et al. (2018, ACL), section 3.2: similarities are sorted, so that no dictionary is
    needed to compare those of one language with those of another. Each word is matched by CSLS, in
    both directions.

    Args:
        problem: both vocabularies.
        words: the most frequent words whose similarities are compared.
        neighbors: that CSLS averages over.
    """
    size = min(words, len(problem.source_NE), len(problem.target_ME))
    sides = (problem.source_NE, problem.target_ME)
    source_SS, target_SS = (_sorted_similarities(side[:size]) for side in sides)
    scores = Similarities((size, size), source_SS.device)
    scores.multiply(source_SS, target_SS)
    (_, mean_N), (_, mean_M) = (scores.best(side, neighbors) for side in (0, 1))
    best = torch.ones(size, dtype=torch.long)
    target_S = scores.translations(0, mean_M / 2, best).numpy()
    source_S = scores.translations(1, mean_N / 2, best).numpy()
    every_S = np.arange(size)
    return np.concatenate([every_S, source_S]), np.concatenate([target_S, every_S])


def _sorted_similarities(words_SE: AnyFloats) -> torch.Tensor:
    """Sorted rows (S, S) of the square root of X X^T, normalized as vectors are."""
    left_SE, singular_E, _ = np.linalg.svd(words_SE.astype(np.float64), full_matrices=False)
    root_SS = torch.from_numpy(((left_SE * singular_E) @ left_SE.T).astype(np.float32))
    sorted_SS = root_SS.sort(dim=1).values.numpy()
    steps = PRESETS["vecmap"]
    prepared = normalize(sorted_SS, steps, mean_before_centering(sorted_SS, steps))
    return torch.from_numpy(np.ascontiguousarray(prepared, np.float32))
