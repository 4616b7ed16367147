"""A mixture of models."""

import torch

from lingraft.encoders.merging.arithmetic import mixture


def test_a_mixture_is_the_base_and_changes() -> None:
    members = {name: {"w": torch.randn(4, dtype=torch.float64)} for name in "ab"}
    base = {"w": torch.randn(4, dtype=torch.float64)}
    found = mixture(members, {"a": 0.7, "b": -0.2}, base)["w"]
    change = 0.7 * (members["a"]["w"] - base["w"]) - 0.2 * (members["b"]["w"] - base["w"])
    assert torch.allclose(found, base["w"] + change, rtol=0, atol=1e-12)
