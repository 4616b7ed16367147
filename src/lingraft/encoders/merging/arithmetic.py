"""Mixtures of models: sums of their weights, and of what they changed of a base."""

from collections.abc import Mapping

from torch import Tensor

from lingraft.encoders.merging.given import Weights
from lingraft.numeric.combinations import combine


def mixture(
    members: Mapping[str, Weights],
    coefficients: Mapping[str, float],
    base: Weights | None = None,
) -> dict[str, Tensor]:
    """The base plus each member's change of it times a coefficient; without a base, the sum.

    Args:
        members: name -> weights.
        coefficients: name of the member -> factor.
        base: what the changes are changes of.
    """
    every = [*members.values(), *([base] if base is not None else [])]
    factors = [coefficients[name] for name in members]
    if base is not None:
        factors.append(1 - sum(factors))
    return {
        name: combine([weights[name] for weights in every], factors)
        for name in next(iter(members.values()))
    }
