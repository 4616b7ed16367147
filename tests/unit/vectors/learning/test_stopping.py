"""The best epoch is kept, and training stops when it has been passed."""

from collections.abc import Iterator

import numpy as np

from lingraft.vectors.learning.stopping import Epoch, keep_best
from lingraft.vectors.vectorset import VectorSet

SCORES = [0.1, 0.5, 0.4, 0.5, 0.3, 0.9]


def epochs(made: list[int]) -> Iterator[Epoch]:
    for number in range(len(SCORES)):
        made.append(number)
        yield lambda number=number: VectorSet(["a"], np.full((1, 1), number, np.float32))


def score(vectors: VectorSet) -> float:
    return SCORES[int(vectors.vectors_WE[0, 0])]


def test_without_a_score_the_last_epoch_counts() -> None:
    assert keep_best(epochs([])).vectors_WE[0, 0] == 5


def test_the_best_epoch_counts_until_patience_ends() -> None:
    made: list[int] = []
    found = keep_best(epochs(made), score, patience=3)
    assert found.vectors_WE[0, 0] == 1 and made == [0, 1, 2, 3, 4]
    assert found.facts["development"] == {"epoch": 2, "scores": SCORES[:5]}


def test_more_patience_finds_a_later_best() -> None:
    assert keep_best(epochs([]), score, patience=4).vectors_WE[0, 0] == 5
