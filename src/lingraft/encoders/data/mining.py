"""Hard negatives: texts that a model finds near an anchor although they do not belong to it.

Shapes: N pairs of an anchor and a positive, K nearest texts of each anchor, E dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.splitting import fold
from lingraft.encoders.data.leaks import grams, jaccard, some_grams
from lingraft.encoders.data.mining_rules import MiningRules
from lingraft.numeric.arrays import Float32, Int64
from lingraft.numeric.neighbors import nearest
from lingraft.numeric.rows import unit_rows

Pair = tuple[str, str]  # an anchor and its positive


def mine(
    pairs: Sequence[Pair],
    anchors_NE: Float32,
    candidates_NE: Float32,
    rules: MiningRules,
    near_duplicates: float,
) -> list[list[int]]:
    """The hard negatives of each pair, as numbers of the pairs whose positives they are.

    The nearest texts are found by exact search. A text is no negative if it is the anchor or one of
    the anchor's positives, or nearly repeats one of these.

    Args:
        pairs: texts.
        anchors_NE: a vector of each anchor.
        candidates_NE: for each pair, the vector by which its positive is found.
        rules: what a negative must fulfil.
        near_duplicates: Jaccard's index of character 4-grams from which on two texts say the same.

    Returns:
        `rules.negatives` numbers a pair, the nearest first; fewer where there are not so many.
    """
    anchors_NE, candidates_NE = unit_rows(anchors_NE), unit_rows(candidates_NE)
    numbers_NK, scores_NK = nearest(anchors_NE, candidates_NE, rules.depth)
    own_N = np.einsum("ne,ne->n", anchors_NE, candidates_NE)
    positive_N = _lowest_of_anchor([anchor for anchor, _ in pairs], own_N)
    return choose(scores_NK, numbers_NK, positive_N, rules, _Meanings(pairs, near_duplicates).told)


def choose(
    scores_NK: Float32,
    numbers_NK: Int64,
    positive_N: Float32,
    rules: MiningRules,
    told: Callable[[int], Callable[[int], bool]],
) -> list[list[int]]:
    """The hard negatives of each anchor, from a table of scores.

    Args:
        scores_NK: of the nearest texts, falling.
        numbers_NK: which texts they are.
        positive_N: score of the anchor's positive; of several, the lowest.
        rules: what a negative must fulfil.
        told: of an anchor, whether a text is the anchor, a positive, or a negative already.

    Returns:
        At most `rules.negatives` numbers an anchor.
    """
    allowed_NK = passing(scores_NK, positive_N, rules)
    return [
        _first(numbers_NK[row][allowed_NK[row]].tolist(), told(row), rules)
        for row in range(len(scores_NK))
    ]


def passing(scores_NK: Float32, positive_N: Float32, rules: MiningRules) -> NDArray[np.bool_]:
    """Which scores the rules allow, N x K."""
    positive_N1 = positive_N[:, None]
    allowed_NK = np.ones(scores_NK.shape, dtype=bool)
    if rules.relative_margin is not None:
        # Less a share of its size: a share of a negative score would raise the limit.
        allowed_NK &= scores_NK <= positive_N1 - rules.relative_margin * np.abs(positive_N1)
    if rules.absolute_margin is not None:
        allowed_NK &= scores_NK + rules.absolute_margin <= positive_N1
    if rules.maximum_score is not None:
        allowed_NK &= scores_NK <= rules.maximum_score
    if rules.minimum_score is not None:
        allowed_NK &= scores_NK >= rules.minimum_score
    return allowed_NK


def _first(numbers: list[int], is_told: Callable[[int], bool], rules: MiningRules) -> list[int]:
    """The first negatives behind those that are skipped."""
    last = rules.skip + rules.negatives
    found: list[int] = []
    for number in numbers:
        if len(found) == last:
            break
        if not is_told(number):
            found.append(number)
    return found[rules.skip :]


def _lowest_of_anchor(anchors: Sequence[str], scores_N: Float32) -> Float32:
    """The lowest score that an anchor has with any of its positives, for each pair."""
    lowest: dict[str, float] = {}
    for anchor, score in zip(anchors, scores_N.tolist(), strict=True):
        lowest[anchor] = min(score, lowest.get(anchor, score))
    return np.array([lowest[anchor] for anchor in anchors], dtype=scores_N.dtype)


class _Meanings:
    """Which texts say the same as an anchor, as its positives, or as a negative that it has."""

    def __init__(self, pairs: Sequence[Pair], near_duplicates: float) -> None:
        self._anchors = [anchor for anchor, _ in pairs]
        self._folded = [fold(positive) for _, positive in pairs]
        self._threshold = near_duplicates
        self._positives: dict[str, list[int]] = {}
        for number, anchor in enumerate(self._anchors):
            self._positives.setdefault(anchor, []).append(number)

    def told(self, row: int) -> Callable[[int], bool]:
        """Of a pair's anchor: whether a text is told already, each time it is asked."""
        anchor = self._anchors[row]
        seen = {fold(anchor), *(self._folded[number] for number in self._positives[anchor])}
        own = [(some_grams(text, self._threshold), text) for text in seen]

        def is_told(number: int) -> bool:
            text = self._folded[number]
            if text in seen:
                return True
            if self._threshold < 1 and any(self._is_near(text, *one) for one in own):
                return True
            seen.add(text)
            return False

        return is_told

    def _is_near(self, text: str, some: list[str], own: str) -> bool:
        # To look for a few grams in the text is much faster than to collect all of its grams.
        if not any(gram in text for gram in some):
            return False
        return jaccard(grams(text), grams(own)) >= self._threshold


def triples(
    pairs: Sequence[Pair], negatives: Sequence[Sequence[int]], wanted: int
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the number of each pair that has all its negatives, and the texts with these."""
    for number, (pair, chosen) in enumerate(zip(pairs, negatives, strict=True)):
        if len(chosen) == wanted:
            yield number, (*pair, *(pairs[other][1] for other in chosen))
