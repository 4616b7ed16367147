"""Which arithmetic a machine is given, and what the card of a finished model says."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from lingraft.config.pretraining import Pretraining
from lingraft.errors import ConfigError
from lingraft.training import stage
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
    with pytest.raises(ConfigError, match="fp16 needs a GPU; write fp32, bf16, fast or auto"):
        choose_precision("fp16", CPU)


@pytest.mark.parametrize(
    ("known", "given"),
    [
        ({"avx512_bf16": True, "amx_bf16": False}, "bf16"),
        ({"avx512_bf16": False, "amx_bf16": True}, "bf16"),
        ({"avx512_bf16": False, "avx512_f": True}, "fp32"),
        ({}, "fp32"),
    ],
)
def test_fast_takes_bf16_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, known: dict[str, bool], given: str
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: known)
    assert choose_precision("fast", CPU) == given
    assert choose_precision("auto", CPU) == "fp32"


def test_all_processes_have_the_same_arithmetic(monkeypatch: pytest.MonkeyPatch) -> None:
    """One machine of a training has bf16, the other has not."""
    monkeypatch.setattr(stage, "has_bf16", lambda _: True)
    monkeypatch.setattr(World, "sum", lambda _, *values: [*values])
    assert choose_precision("fast", World(0, 2, torch.device("cpu"))) == "fp32"


@pytest.mark.parametrize("asked", ["auto", "fast"])
@pytest.mark.parametrize(("has_bf16", "given"), [(True, "bf16"), (False, "fp32")])
def test_auto_takes_bf16_where_the_gpu_has_it(
    monkeypatch: pytest.MonkeyPatch, has_bf16: bool, given: str, asked: str
) -> None:
    """And not where the GPU imitates it, which torch counts unless it is told not to."""
    monkeypatch.setattr(
        torch.cuda,
        "is_bf16_supported",
        lambda including_emulation=True: has_bf16 or including_emulation,
    )
    assert choose_precision(asked, GPU) == given


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
