"""Scores of a teacher: margin MSE and KL divergence against slow formulas."""

import math
from collections.abc import Callable

import pytest
from loss_samples import Asked, example

from lingraft.encoders.losses.kl_divergence import KlDivergence
from lingraft.encoders.losses.margin_mse import MarginMse
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 4, 5]


def test_it_is_the_squared_difference_of_margins(ask: Ask) -> None:
    asked = ask(MarginMse(name="margin-mse"))
    query, *documents = (asked.vectors(BATCH, column).double() for column in range(4))
    squares = []
    for row, number in enumerate(BATCH):
        teacher = asked.material.examples[number].scores
        student = [float(query[row] @ document[row]) for document in documents]
        squares += [((student[0] - student[k]) - (teacher[0] - teacher[k])) ** 2 for k in (1, 2)]
    assert math.isclose(asked.amount(BATCH), sum(squares) / len(squares), rel_tol=1e-6)


@pytest.mark.parametrize(
    ("texts", "scores", "message"),
    [
        (("w1", "w2", "w3"), (1.0, float("nan")), "a score that is not a finite number"),
        (("w1", "w2", "w3"), (1.0,), "has 1 scores and needs 2"),
        (("w1", "w2"), (1.0,), "has 0 negatives and needs 1"),
    ],
)
def test_bad_examples_are_refused(
    ask: Ask, texts: tuple[str, ...], scores: tuple[float, ...], message: str
) -> None:
    for loss in (MarginMse(name="margin-mse"), KlDivergence(name="kl-divergence")):
        with pytest.raises(InputError, match=message):
            ask(loss, [example(*texts, scores=scores)])
