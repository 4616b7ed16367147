"""Which arithmetic a machine is given, and what the card of a finished model says."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError
from lingraft.training.job import Job
from lingraft.training.stage import _card, _title, choose_precision
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


@pytest.mark.parametrize(
    ("output", "title"),
    [
        ("results/demo/models/swahili/wechsel/seed-1/pretrained", "swahili, wechsel, seed 1"),
        ("results/demo/source_models/minilm/ready", "minilm, head warmed up"),
        ("my-model", "my-model"),
    ],
)
def test_a_models_card_is_titled_by_what_it_is(output: str, title: str) -> None:
    assert _title(Path("/work") / output) == title


@pytest.mark.parametrize(
    ("objective", "loader"),
    [("masked", "AutoModelForMaskedLM"), ("causal", "AutoModelForCausalLM")],
)
def test_a_models_card_loads_it_with_its_head(objective: str, loader: str) -> None:
    recipe = Pretraining(steps=1, objective=objective)  # type: ignore[arg-type]
    job = Job(recipe, Path("m"), {"sw": Path("t")}, Path("s"), Path("my-model"), seed=1)
    final = SimpleNamespace(step=1, progress={"best_loss": None, "tokens": 9})
    text = _card(job, final, 1)  # type: ignore[arg-type]
    assert f"model = {loader}.from_pretrained" in text
