"""SLERP against a slow program that follows the formula number by number."""

import math
from collections.abc import Sequence

import pytest
import torch

from lingraft.numeric.arc import angle_between, slerp


def slow_slerp(one: Sequence[float], other: Sequence[float], t: float) -> list[float]:
    """Shoemake's formula, with the cosine of the unit vectors."""
    norms = [math.sqrt(sum(x * x for x in vector)) for vector in (one, other)]
    cosine = sum(x * y for x, y in zip(one, other, strict=True)) / (norms[0] * norms[1])
    angle = math.acos(cosine)
    left = math.sin((1 - t) * angle) / math.sin(angle)
    right = math.sin(t * angle) / math.sin(angle)
    return [left * x + right * y for x, y in zip(one, other, strict=True)]


@pytest.mark.parametrize("t", [0.1, 0.5, 0.8])
def test_slerp_is_the_formula(t: float) -> None:
    torch.manual_seed(1)
    one, other = torch.randn(2, 6, 4, dtype=torch.float64)
    found, _ = slerp(one, other, t)
    slow = slow_slerp(one.flatten().tolist(), other.flatten().tolist(), t)
    assert torch.allclose(found.flatten(), torch.tensor(slow).double(), rtol=0, atol=1e-6)


@pytest.mark.parametrize("t", [0.0, 1.0])
def test_the_ends_of_the_arc_are_the_models(t: float) -> None:
    one, other = torch.randn(2, 50)
    found, _ = slerp(one, other, t)
    assert torch.equal(found, other if t else one)


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_equal_tensors_have_one_point_between_them(t: float) -> None:
    one = torch.randn(50)
    found, angle = slerp(one, one.clone(), t)
    assert torch.equal(found, one) and angle == 0


def test_the_arc_keeps_the_length_that_a_line_would_lose() -> None:
    one, other = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    found, angle = slerp(one, other, 0.5)
    assert float(found.norm()) == pytest.approx(1)
    assert angle == pytest.approx(math.pi / 2)


@pytest.mark.parametrize("other", [[-1.0, -2.0], [0.0, 0.0], [2.0, 4.0]])
def test_along_one_line_the_mixture_is_straight(other: list[float]) -> None:
    one = torch.tensor([1.0, 2.0])
    found, _ = slerp(one, torch.tensor(other), 0.25)
    assert torch.allclose(found, 0.75 * one + 0.25 * torch.tensor(other))


@pytest.mark.parametrize("angle", [1e-7, 1e-3, 1.0, math.pi - 1e-3])
def test_small_angles_are_exact(angle: float) -> None:
    one = torch.tensor([3.0, 0.0], dtype=torch.float64)
    other = torch.tensor([math.cos(angle), math.sin(angle)], dtype=torch.float64) / 5
    assert angle_between(one, other) == pytest.approx(angle, rel=1e-9)
