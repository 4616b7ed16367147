"""Coefficients of a mixture of models, learned on a probe: after Self Positioning.

Li et al., "Improving general text embedding model: tackling task conflict and data imbalance
through model merging" (2024), search the space between models that were trained from one base. The
probe has few texts of every kind in equal parts. Its loss moves the coefficients alone, by gradient
descent. Parameters, optimizer and rates are not public; these are ours.

Shapes: M members.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from lingraft.encoders.merging.arithmetic import mixture
from lingraft.encoders.merging.given import Given, Merged, Probe, Weights
from lingraft.errors import InputError


@dataclass(frozen=True)
class ModuleProbe:
    """A probe of a module whose forward pass gives the loss; the module stays as it is."""

    module: nn.Module
    """In evaluation mode: dropout would measure each mixture differently."""
    examples: Sequence[tuple[Any, ...]]
    """The arguments of its forward pass, for each batch."""
    names: Mapping[str, str]
    """Name of a parameter of the module -> name of the members' weight that it gets. A tied one has
    several names here, and all must be given."""

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return len(self.examples)

    def loss(self, weights: Weights, batch: int) -> Tensor:
        """The loss of the module with these weights."""
        own = {inside: weights[name] for inside, name in self.names.items()}
        # torch's own search for tied weights breaks them in a module that has another one twice.
        found: Tensor = functional_call(self.module, own, self.examples[batch], tie_weights=False)
        return found


@dataclass(frozen=True)
class Search:
    """How the coefficients are learned."""

    steps: int
    learning_rate: float


def position(given: Given, search: Search) -> Merged:
    """The mixture of the members' changes that has the lowest loss on the probe.

    theta = theta_0 + lambda * sum_i softmax(a)_i * (theta_i - theta_0), from lambda = 1 and equal
    shares. The end of the search is compared with where it began, each member and the base: the
    best of them is taken.
    """
    members, number = given.members, len(given.members)
    space = _Space(members, given.start, given.measure)
    points = {"learned": space.search(search), "average": [1 / number] * number}
    points |= {f"member {name}": [float(name == one) for one in members] for name in members}
    points["base"] = [0.0] * number
    losses = {name: space.loss(point) for name, point in points.items()}
    best = min(points, key=lambda name: losses[name])  # the first of equal ones
    coefficients = dict(zip(members, points[best], strict=True))
    record = {
        "coefficients": coefficients,
        "lambda": sum(points[best]),
        "probe_loss": losses,
        "taken": best,
    }
    return Merged(mixture(members, coefficients, given.start), record)


class _Space:
    """The mixtures of some members, and their losses on a probe."""

    def __init__(self, members: Mapping[str, Weights], base: Weights, probe: Probe) -> None:
        self._number, self._probe = len(members), probe
        self._base = {name: _working(start) for name, start in base.items()}
        self._changes: dict[str, list[Tensor]] = {}
        for name, start in self._base.items():
            changes = [_working(one[name]) - start for one in members.values()]
            # What no member changed needs no sums: parts that were frozen, rows of no text.
            if any(bool(change.any()) for change in changes):
                self._changes[name] = changes

    def loss(self, point: Sequence[float]) -> float:
        """The mean loss of a mixture over the probe's batches."""
        weights = self._at(torch.tensor(point, dtype=torch.float64))
        with torch.no_grad():
            losses = [float(self._probe.loss(weights, n)) for n in range(self._probe.batches)]
        mean = sum(losses) / len(losses)
        if not math.isfinite(mean):
            raise InputError("the probe's loss is not finite; look at its texts")
        return mean

    def search(self, how: Search) -> list[float]:
        """The coefficients where Adam ends, whose rate falls to 0."""
        logits_M = torch.zeros(self._number, dtype=torch.float64, requires_grad=True)
        scale = torch.ones((), dtype=torch.float64, requires_grad=True)
        adam = torch.optim.Adam([logits_M, scale], lr=how.learning_rate)
        for step in range(how.steps):
            adam.param_groups[0]["lr"] = how.learning_rate * (1 - step / how.steps)
            coefficients_M = scale * logits_M.softmax(dim=0)
            slopes_M = self._slopes(coefficients_M.detach(), step % self._probe.batches)
            if not bool(torch.isfinite(slopes_M).all()):
                raise InputError(
                    f"the probe's loss has no finite slope at step {step} of self-positioning; "
                    "lower its `learning_rate`, or look at the probe's texts"
                )
            adam.zero_grad()
            torch.autograd.backward(coefficients_M, slopes_M)
            adam.step()
        return [float(factor) for factor in scale.detach() * logits_M.detach().softmax(dim=0)]

    def _slopes(self, coefficients_M: Tensor, batch: int) -> Tensor:
        """The derivative of the loss by each coefficient: gradient times change, summed."""
        weights = self._at(coefficients_M)
        moving = {name: weights[name].requires_grad_() for name in self._changes}
        slopes_M = torch.zeros_like(coefficients_M)
        if not moving:  # all members are the base
            return slopes_M
        loss = self._probe.loss({**weights, **moving}, batch)
        found = torch.autograd.grad(loss, list(moving.values()), allow_unused=True)
        for name, gradient in zip(moving, found, strict=True):
            if gradient is not None:  # what the probe does not read has no slope
                for member, change in enumerate(self._changes[name]):
                    slopes_M[member] += gradient.flatten().dot(change.flatten())
        return slopes_M

    def _at(self, coefficients_M: Tensor) -> dict[str, Tensor]:
        """The weights of a mixture; what does not move is the base's own."""
        moved = dict(self._base)
        for name, changes in self._changes.items():
            moved[name] = self._base[name].clone()
            for factor, change in zip(coefficients_M.tolist(), changes, strict=True):
                moved[name].add_(change, alpha=factor)
        return moved


def _working(tensor: Tensor) -> Tensor:
    """In float32, or in the float64 that it has."""
    return tensor.detach() if tensor.dtype == torch.float64 else tensor.detach().float()
