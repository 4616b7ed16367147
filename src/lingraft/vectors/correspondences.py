"""The rows of two vector sets that word pairs put in correspondence.

Legend: P correspondences.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lingraft.numeric.arrays import Int64
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import WordPair, casings

Casing = Literal["first", "wechsel", "wechsel-paper"]


@dataclass(frozen=True)
class Correspondences:
    """Rows of the source set and of the target set that belong together."""

    source_P: Int64
    target_P: Int64
    weights_P: npt.NDArray[np.float64]
    pairs_P: Int64  # position of the word pair that each came from

    def __len__(self) -> int:
        return len(self.source_P)

    @property
    def different(self) -> int:
        """Number of different correspondences: some casings repeat them."""
        return len(set(zip(self.source_P.tolist(), self.target_P.tolist(), strict=True)))

    def select(self, rows: npt.NDArray[np.bool_] | Int64) -> "Correspondences":
        """Some of them, by mask or position."""
        return Correspondences(
            self.source_P[rows], self.target_P[rows], self.weights_P[rows], self.pairs_P[rows]
        )


def correspond(
    pairs: Sequence[WordPair], source: VectorSet, target: VectorSet, casing: Casing = "first"
) -> Correspondences:
    """Look word pairs up in two vocabularies.

    Args:
        pairs: the dictionary, in order of trust.
        source: vectors of the source language.
        target: vectors of the target language.
        casing: "first": each side in the first casing that is in its vocabulary, each
            correspondence once. "wechsel": all nine combinations of casings with both sides in
            vocabulary, duplicates kept as weights, as WECHSEL's library does (Minixhofer et al.,
            2022); "wechsel-paper": its first release, lower-cased words as {lower, Title}.

    Returns:
        Correspondences in the order of the pairs; empty if no pair is in both vocabularies.
    """
    rows: list[tuple[int, int, float, int]] = []
    seen: set[tuple[int, int]] = set()
    for position, pair in enumerate(pairs):
        for found in _look_up(pair, source.index, target.index, casing):
            if casing == "first" and found in seen:
                continue
            seen.add(found)
            rows.append((*found, pair.weight, position))
    # zip makes no column at all of an empty list.
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    sources, targets, positions = (np.array(columns[i], dtype=np.int64) for i in (0, 1, 3))
    return Correspondences(sources, targets, np.array(columns[2], dtype=np.float64), positions)


def _look_up(
    pair: WordPair, source: dict[str, int], target: dict[str, int], casing: Casing
) -> Iterator[tuple[int, int]]:
    if casing == "first":
        sources = _first(casings(pair.source), source)
        targets = _first(casings(pair.target), target)
    else:
        start = 1 if casing == "wechsel-paper" else 0
        sources = [source[form] for form in casings(pair.source)[start:] if form in source]
        targets = [target[form] for form in casings(pair.target)[start:] if form in target]
    yield from ((s, t) for s in sources for t in targets)


def _first(forms: Iterable[str], index: dict[str, int]) -> list[int]:
    return [index[form] for form in forms if form in index][:1]
