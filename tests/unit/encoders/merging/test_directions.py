"""SLERP and TIES against slow programs that follow the papers number by number."""

import math
from collections.abc import Sequence

import pytest
import torch

from lingraft.encoders.merging.directions import angle_between, merge_ties, slerp
from lingraft.encoders.merging.given import Given


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


def slow_ties(
    base: list[float], members: list[list[float]], density: float, scale: float, election: str
) -> list[float]:
    """Algorithm 1 of the paper, one weight at a time."""
    trimmed = []
    for member in members:
        change = [x - start for x, start in zip(member, base, strict=True)]
        kept = sorted(map(abs, change), reverse=True)[: round(density * len(base))]
        trimmed.append([x if abs(x) >= kept[-1] else 0.0 for x in change])
    result = []
    for place, start in enumerate(base):
        found = [change[place] for change in trimmed]
        votes = found if election == "mass" else [math.copysign(1, x) if x else 0 for x in found]
        agreeing = [x for x in found if x * sum(votes) > 0]
        result.append(start + scale * (sum(agreeing) / len(agreeing) if agreeing else 0))
    return result


@pytest.mark.parametrize("election", ["mass", "count"])
@pytest.mark.parametrize("density", [0.2, 0.5, 1.0])
def test_ties_is_the_algorithm(density: float, election: str) -> None:
    torch.manual_seed(2)
    start, *models = torch.randn(4, 60, dtype=torch.float64)
    members = {str(n): {"a": one[:20].reshape(4, 5), "b": one[20:]} for n, one in enumerate(models)}
    given = Given(members, {"a": start[:20].reshape(4, 5), "b": start[20:]})
    found = merge_ties(given, density=density, scale=0.8, election=election).weights  # type: ignore[arg-type]
    slow = slow_ties(start.tolist(), [one.tolist() for one in models], density, 0.8, election)
    together = torch.cat([found["a"].flatten(), found["b"]])
    assert torch.allclose(together, torch.tensor(slow).double(), rtol=0, atol=1e-6)


def test_where_all_signs_agree_ties_is_the_mean() -> None:
    torch.manual_seed(3)
    base = {"w": torch.randn(40)}
    members = {name: {"w": base["w"] + torch.rand(40) + 0.1} for name in "abc"}
    found = merge_ties(Given(members, base), density=1.0, scale=1.0, election="mass")
    mean = sum(one["w"] for one in members.values()) / 3
    assert torch.allclose(found.weights["w"], mean, rtol=0, atol=1e-6)
    assert found.record["kept"] == found.record["of these with the elected sign"] == 120


def test_what_is_trimmed_or_balanced_is_the_base_to_the_bit() -> None:
    base = {"w": torch.tensor([-0.0, 1.0, 2.0, 0.1])}
    changes = {"a": [0.0, 1.0, 1e-6, 3.0], "b": [0.0, -1.0, 0.0, 5.0]}
    members = {name: {"w": base["w"] + torch.tensor(change)} for name, change in changes.items()}
    found = merge_ties(Given(members, base), density=0.5, scale=1.0, election="mass").weights["w"]
    assert torch.equal(found[:3].view(torch.int32), base["w"][:3].view(torch.int32))
    assert float(found[3]) == pytest.approx(4.1)
