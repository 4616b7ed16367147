"""Distillation: the relative distance by hand, for vectors of any length and of length 1."""

import math
from collections.abc import Callable

import pytest
from loss_samples import WIDTH, Asked
from sentence_transformers.base.modules import Normalize
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss
from torch import Tensor

from lingraft.encoders.losses.distillation import Distillation

Ask = Callable[..., Asked]
BATCH = [0, 2, 5]


def distance(made: Tensor, given: Tensor) -> float:
    ratios = [float(((a - b) ** 2).sum() / (b**2).sum()) for a, b in zip(made, given, strict=True)]
    return sum(ratios) / len(ratios)


def unit(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("originals", [False, True])
def test_it_is_the_relative_distance_to_the_teacher(ask: Ask, originals: bool) -> None:
    asked = ask(Distillation(name="distillation", originals=originals))
    columns, given = asked.batch(BATCH)
    losses = [distance(asked.vectors(BATCH, n), given) for n in range(len(columns))]
    assert len(losses) == 1 + originals
    assert math.isclose(asked.amount(BATCH), sum(losses) / len(losses), rel_tol=1e-6)


def test_vectors_of_length_1_are_compared_with_such(ask: Ask) -> None:
    asked = ask(Distillation(name="distillation"))
    asked.material.student.append(Normalize())
    made, given = asked.vectors(BATCH, 0), asked.batch(BATCH)[1]
    assert math.isclose(asked.amount(BATCH), distance(made, unit(given)), rel_tol=1e-6)


@pytest.mark.parametrize("normalized", [False, True])
def test_the_first_dimensions_alone_are_directions(ask: Ask, normalized: bool) -> None:
    asked = ask(Distillation(name="distillation"))
    if normalized:
        asked.material.student.append(Normalize())
    made, given = asked.vectors(BATCH, 0), asked.batch(BATCH)[1]
    wrapped = MatryoshkaLoss(asked.material.student, asked.module, [WIDTH, 6])
    expected = sum(distance(unit(made[:, :n]), unit(given[:, :n])) for n in (WIDTH, 6))
    assert math.isclose(float(wrapped(*asked.batch(BATCH)).detach()), expected, rel_tol=1e-6)
