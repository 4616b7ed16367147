"""Which arithmetic a machine is given."""

import pytest
import torch

from lingraft.errors import ConfigError
from lingraft.training.pretrain import choose_precision
from lingraft.training.world import World

CPU = World(0, 1, torch.device("cpu"))
GPU = World(0, 1, torch.device("cuda", 0))


@pytest.mark.parametrize(("asked", "given"), [("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16")])
def test_precision_on_the_cpu(asked: str, given: str) -> None:
    assert choose_precision(asked, CPU) == given


def test_half_precision_needs_a_gpu() -> None:
    assert choose_precision("fp16", GPU) == "fp16"
    with pytest.raises(ConfigError, match="fp16 needs a GPU; write fp32, bf16 or auto"):
        choose_precision("fp16", CPU)


@pytest.mark.parametrize(("has_bf16", "given"), [(True, "bf16"), (False, "fp32")])
def test_auto_takes_bf16_where_the_gpu_has_it(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, given: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: has_bf16)
    assert choose_precision("auto", GPU) == given
