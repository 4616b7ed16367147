"""CoSENT against the formula in loops; what graded pairs must have."""

import math
from collections.abc import Callable

import pytest
import torch
from loss_samples import Asked, example

from lingraft.encoders.losses.angle import Angle
from lingraft.encoders.losses.cosent import CoSent
from lingraft.errors import InputError

Ask = Callable[..., Asked]
BATCH = [0, 1, 3, 5]


def slow(similarities: list[float], scores: list[float], temperature: float) -> float:
    terms = [
        math.exp((lower - higher) / temperature)
        for higher, high in zip(similarities, scores, strict=True)
        for lower, low in zip(similarities, scores, strict=True)
        if high > low
    ]
    return math.log(1 + sum(terms))


def test_it_is_the_formula(ask: Ask) -> None:
    asked = ask(CoSent(name="cosent", temperature=0.25))
    left, right = (asked.vectors(BATCH, column).double() for column in (0, 1))
    similarities = torch.nn.functional.cosine_similarity(left, right).tolist()
    scores = [asked.material.examples[number].scores[0] for number in BATCH]
    assert math.isclose(asked.amount(BATCH), slow(similarities, scores, 0.25), rel_tol=1e-6)


@pytest.mark.parametrize("loss", [CoSent(name="cosent"), Angle(name="angle")])
def test_the_order_of_scores_is_all_that_counts(ask: Ask, loss: CoSent | Angle) -> None:
    rows = [("w1", "w2", 0.1), ("w3", "w4", 0.2), ("w5", "w6", 0.9)]
    found = [
        ask(loss, [example(a, b, scores=(factor * s,)) for a, b, s in rows]).amount([0, 1, 2])
        for factor in (1.0, 5.0)
    ]
    assert found[0] == found[1]
    assert loss.compares_examples


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([(0.5,), (float("nan"),)], "example w3 has a score that is not a finite number"),
        ([(0.5,), (float("inf"),)], "example w3 has a score that is not a finite number"),
        ([(0.5,), ()], "example w3 has 0 scores and needs 1"),
        ([(0.5,), (0.5,)], "all examples have the same score"),
    ],
)
def test_bad_scores_are_refused(ask: Ask, scores: list[tuple[float, ...]], message: str) -> None:
    rows = [("w1", "w2"), ("w3", "w4")]
    examples = [example(*row, scores=score) for row, score in zip(rows, scores, strict=True)]
    with pytest.raises(InputError, match=message):
        ask(CoSent(name="cosent"), examples)
