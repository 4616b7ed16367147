"""What a method of merging is given, checked, and what it makes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from lingraft.errors import InputError

Weights = Mapping[str, Tensor]  # of one model, by name of parameter


class Probe(Protocol):
    """What measures a mixture of models."""

    @property
    def batches(self) -> int:
        """How many batches it has; all together are balanced."""

    def loss(self, weights: Weights, batch: int) -> Tensor:
        """The loss () of a model with these weights, which may ask for gradients."""


@dataclass(frozen=True)
class Given:
    """Models to merge."""

    members: Mapping[str, Weights]
    """Name -> weights."""
    base: Weights | None = None
    """What the members were trained from, for methods that need it."""
    probe: Probe | None = None
    """What measures a mixture, for methods that need it."""

    @property
    def start(self) -> Weights:
        """The base of a method that needs one."""
        if self.base is None:
            raise InputError("this method of merging needs a base")
        return self.base

    @property
    def measure(self) -> Probe:
        """The probe of a method that needs one."""
        if self.probe is None:
            raise InputError("this method of merging needs a probe")
        return self.probe


@dataclass(frozen=True)
class Merged:
    """What a method of merging makes."""

    weights: dict[str, Tensor]
    """By name, in the type of the members' weights."""
    record: dict[str, Any]
    """The numbers that made them, as plain JSON values."""


def check_weights(given: Given) -> None:
    """Refuse weights that cannot be merged with those of the first member.

    Raises:
        InputError: names, shapes or types of tensors differ, or a weight is not finite.
    """
    first, reference = next(iter(given.members.items()))
    base = [] if given.base is None else [("the base", given.base)]
    for name, weights in [*given.members.items(), *base]:
        for difference in _differences(weights, reference):
            raise InputError(f"{name} cannot be merged with {first}: {difference}")
        for weight, tensor in weights.items():
            if not torch.isfinite(tensor).all():
                raise InputError(
                    f"{name} cannot be merged: {weight} has numbers that are not finite"
                )


def _differences(weights: Weights, reference: Weights) -> Iterator[str]:
    """How weights differ from the reference, in what must be the same."""
    for name in sorted(weights.keys() ^ reference.keys()):
        yield f"only one of the two has {name}"
    for name, tensor in weights.items():
        other = reference[name]
        if tensor.shape != other.shape:
            yield f"the shape of {name} is {tuple(tensor.shape)}, not {tuple(other.shape)}"
        if tensor.dtype != other.dtype:
            yield f"the type of {name} is {tensor.dtype}, not {other.dtype}"
        if not tensor.is_floating_point():
            yield f"{name} has whole numbers, which cannot be mixed"
