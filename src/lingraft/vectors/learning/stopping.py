"""The epoch that a development score likes best, instead of the one with the lowest loss.

Lai, Liu, He and Zhao (2016), *How to Generate a Good Word Embedding*: the loss of an embedding says
little about its use; the number of epochs is better chosen on a development set of a task.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from lingraft.vectors.vectorset import VectorSet

Epoch = Callable[[], VectorSet]  # makes the vectors of the moment; valid until the next epoch
Score = Callable[[VectorSet], float]


def keep_best(epochs: Iterable[Epoch], score: Score | None = None, patience: int = 1) -> VectorSet:
    """Train, and return the vectors of the epoch with the best score; without a score, the last.

    Args:
        epochs: each trains one epoch when it is asked for.
        score: higher is better; of equal scores the first counts.
        patience: stop after so many epochs in a row that are not the best so far.
    """
    if score is None:
        for last in epochs:  # noqa: B007
            pass
        return last()
    scores: list[float] = []
    best = 0
    for make in epochs:
        found = make()
        scores.append(score(found))
        if scores[-1] > scores[best] or len(scores) == 1:
            best, kept = len(scores) - 1, found
        elif len(scores) - 1 - best >= patience:
            break
    history = {"epoch": best + 1, "scores": scores}
    return replace(kept, facts={**kept.facts, "development": history})
