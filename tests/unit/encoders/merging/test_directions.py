"""TIES against a slow program that follows the paper number by number."""

import math

import pytest
import torch

from lingraft.encoders.merging.directions import merge_ties
from lingraft.encoders.merging.given import Given


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
