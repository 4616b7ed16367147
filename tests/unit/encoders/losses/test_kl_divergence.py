"""KL divergence against the formula in loops."""

import math
from collections.abc import Callable

from loss_samples import Asked

from lingraft.encoders.losses.kl_divergence import KlDivergence

BATCH = [0, 4, 5]


def softmax(scores: list[float]) -> list[float]:
    total = sum(map(math.exp, scores))
    return [math.exp(score) / total for score in scores]


def test_it_is_the_divergence_from_the_teacher(ask: Callable[..., Asked]) -> None:
    asked = ask(KlDivergence(name="kl-divergence", temperature=4.0))
    query, *documents = (asked.vectors(BATCH, column).double() for column in range(4))
    total = 0.0
    for row, number in enumerate(BATCH):
        given = softmax([score / 4 for score in asked.material.examples[number].scores])
        made = softmax([float(query[row] @ document[row]) / 4 for document in documents])
        total += sum(p * math.log(p / q) for p, q in zip(given, made, strict=True))
    assert math.isclose(asked.amount(BATCH), 16 * total / len(BATCH), rel_tol=1e-5)
