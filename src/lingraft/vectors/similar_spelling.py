"""Words of two vocabularies that are spelled alike."""

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

_BLOCK = 512  # source words that are compared with all target words at once


def similarly_spelled(
    source: Sequence[str], target: Sequence[str], minimum: float
) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of words that are each other's most similar: row, column, similarity.

    The similarity is 1 - d / n for the Levenshtein distance d of the folded words and the length n
    of the longer one.

    Args:
        source: words of one language, the most frequent first.
        target: words of the other; of equally similar ones the first counts.
        minimum: the least similarity.
    """
    if not source or not target:
        return
    folded, keys = [fold(word) for word in source], [fold(word) for word in target]
    rows: list[int] = []
    similarities: list[float] = []
    best_row, best = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.float32)
    for start in range(0, len(folded), _BLOCK):
        table = cdist(
            folded[start : start + _BLOCK],
            keys,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=minimum,
            dtype=np.float32,
        )
        rows += table.argmax(axis=1).tolist()
        similarities += table.max(axis=1).tolist()
        is_better = table.max(axis=0) > best
        best_row[is_better] = start + table.argmax(axis=0)[is_better]
        best = np.maximum(best, table.max(axis=0))
    for row, (column, similarity) in enumerate(zip(rows, similarities, strict=True)):
        if similarity > 0 and best_row[column] == row:
            yield row, column, similarity


def fold(word: str) -> str:
    """The word without case, diacritics and compatibility forms: `Kätzchen` is `katzchen`."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
