"""Too small a disk is told before training, not hours into it."""

from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, LlamaConfig

from lingraft.config.adapter import Adapter
from lingraft.config.pretraining import EarlyStopping, Pretraining
from lingraft.config.training_stages import Stage
from lingraft.errors import LingraftError
from lingraft.models.lora import add_adapter
from lingraft.training import disk
from lingraft.training.disk import checkpoint_bytes, require_space

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def model() -> Any:
    config = LlamaConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
        num_attention_heads=2, tie_word_embeddings=True,
    )  # fmt: skip
    return AutoModelForCausalLM.from_config(config)


def free_space(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: Usage(0, 0, size))


def test_a_checkpoint_holds_weights_and_two_moments(model: Any) -> None:
    size = sum(p.numel() for p in model.parameters())
    assert checkpoint_bytes(model, Pretraining(steps=1)) == 12 * size
    embeddings = 40 * 16
    only = Pretraining(steps=1, train="embeddings")
    assert checkpoint_bytes(model, only) == 12 * embeddings
    both = Pretraining(stages=(Stage(steps=1, train="embeddings"), Stage(steps=1)))
    assert checkpoint_bytes(model, both) == 12 * size


def test_an_adapter_needs_little(model: Any) -> None:
    recipe = Pretraining(steps=1, objective="causal", adapter=Adapter(rank=2, targets=("q_proj",)))
    assert recipe.adapter is not None
    add_adapter(model, recipe.adapter, 1)
    assert checkpoint_bytes(model, recipe) == 12 * (40 * 16 + 2 * 2 * 16)


def test_too_little_space(model: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recipe = Pretraining(steps=1)
    size = sum(p.numel() for p in model.parameters())
    need = 3 * 12 * size + 4 * size
    free_space(monkeypatch, need)
    require_space(model, recipe, tmp_path / "state" / "x", tmp_path / "out")
    free_space(monkeypatch, need - 1)
    message = r"state/x has .* GB of free space, but .* are needed \(3 checkpoints of"
    with pytest.raises(LingraftError, match=message):
        require_space(model, recipe, tmp_path / "state" / "x", tmp_path / "out")


def test_old_checkpoints_make_room_and_the_best_one_takes_some(
    model: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    size = sum(p.numel() for p in model.parameters())
    (tmp_path / "step-3").mkdir()
    (tmp_path / "step-3" / "weights-00000.safetensors").write_bytes(b"x" * 12 * size)
    free_space(monkeypatch, 2 * 12 * size + 4 * size)
    require_space(model, Pretraining(steps=1), tmp_path, tmp_path)
    keeps_best = Pretraining(steps=1, early_stopping=EarlyStopping())
    with pytest.raises(LingraftError, match="4 checkpoints"):
        require_space(model, keeps_best, tmp_path, tmp_path)
