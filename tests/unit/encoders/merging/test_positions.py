"""Coefficients learned on a probe: a known mixture is found, and a merge beats what it mixes."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from lingraft.encoders.merging.given import Given, Weights
from lingraft.encoders.merging.methods.self_positioning import SelfPositioning
from lingraft.encoders.merging.positions import ModuleProbe
from lingraft.errors import InputError


class Regression(nn.Module):
    """A linear layer and its squared error."""

    def __init__(self, inputs: int = 6) -> None:
        super().__init__()
        self.layer = nn.Linear(inputs, 3)

    def forward(self, inputs: Tensor, wanted: Tensor) -> Tensor:
        return (self.layer(inputs) - wanted).square().mean()


NAMES = {"layer.weight": "weight", "layer.bias": "bias"}


def linear(seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = {"weight": (3, 6), "bias": (3,), "head": (4,)}
    return {name: torch.randn(*shape, generator=generator) for name, shape in shapes.items()}


def toy(shares: list[float], scale: float, batches: int = 2) -> tuple[Given, Weights]:
    """Members around a base, and a probe whose texts were made by a known mixture."""
    base = linear(0)
    members = {f"m{n}": linear(n + 1) for n in range(len(shares))}
    truth = {
        name: base[name] + scale * sum(
            share * (one[name] - base[name])
            for share, one in zip(shares, members.values(), strict=True)
        )
        for name in base
    }  # fmt: skip
    inputs = torch.randn(batches, 30, 6, generator=torch.Generator().manual_seed(9))
    wanted = inputs @ truth["weight"].T + truth["bias"]
    examples = list(zip(inputs, wanted, strict=True))
    return Given(members, base, ModuleProbe(Regression(), examples, NAMES)), truth


@pytest.mark.parametrize(
    ("shares", "scale"), [([0.7, 0.3], 1.0), ([0.6, 0.3, 0.1], 0.8), ([0.25, 0.75], 1.3)]
)
def test_a_known_mixture_is_recovered(shares: list[float], scale: float) -> None:
    given, truth = toy(shares, scale)
    merged = SelfPositioning().merge(given)
    found = list(merged.record["coefficients"].values())
    assert found == pytest.approx([scale * share for share in shares], abs=1e-2)
    assert merged.record["lambda"] == pytest.approx(scale, abs=1e-2)
    assert merged.record["taken"] == "learned"
    # The head is of no use to the probe, and is merged like the rest.
    for name, tensor in merged.weights.items():
        assert torch.allclose(tensor, truth[name], atol=0.05)


def test_the_merge_is_never_worse_than_what_it_mixes() -> None:
    """One step at an absurd rate leaves the region; then the best known point is taken."""
    given, _ = toy([1.0, 0.0], 1.0)
    merged = SelfPositioning(steps=1, learning_rate=30).merge(given)
    losses = merged.record["probe_loss"]
    assert merged.record["taken"] == "member m0"
    assert losses["member m0"] == min(losses.values()) < losses["learned"]
    assert torch.equal(merged.weights["weight"], given.members["m0"]["weight"])


def test_it_is_the_same_every_time_and_changes_nothing_of_its_own() -> None:
    given, _ = toy([0.5, 0.5], 0.9)
    before = {name: tensor.clone() for name, tensor in given.start.items()}
    first, second = (SelfPositioning(steps=20).merge(given) for _ in range(2))
    assert first.record == second.record
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in before)
    assert all(torch.equal(given.start[name], before[name]) for name in before)
    assert not any(tensor.requires_grad for tensor in first.weights.values())


def test_members_that_changed_nothing_are_the_base() -> None:
    given, _ = toy([0.5, 0.5], 1.0)
    same = Given(dict.fromkeys(given.members, given.start), given.start, given.probe)
    weights = SelfPositioning(steps=3).merge(same).weights
    assert all(torch.equal(weights[name], tensor) for name, tensor in given.start.items())


@dataclass(frozen=True)
class Broken:
    """A probe with a text that no model can stand."""

    batches: int = 1

    def loss(self, weights: Weights, batch: int) -> Tensor:
        return weights["weight"].sum() * torch.nan


def test_a_loss_that_is_not_finite_is_refused() -> None:
    given, _ = toy([0.5, 0.5], 1.0)
    with pytest.raises(InputError, match=r"probe's loss .* finite .* step 0"):
        SelfPositioning().merge(Given(given.members, given.base, Broken()))
    assert given.measure.batches == 2
