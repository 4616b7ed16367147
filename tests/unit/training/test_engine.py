"""The optimizer is the one of the recipe."""

from typing import Any

import deepspeed
import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from lingraft.config.pretraining import Pretraining
from lingraft.training.engine import Engine
from lingraft.training.layout import Layout
from lingraft.training.objectives import LanguageModeling
from lingraft.training.world import World

SMALL = BertConfig(
    vocab_size=16, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8
)

ALONE = World(rank=0, size=1, device=torch.device("cpu"))


def test_adamw_has_the_options_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def initialize(*, optimizer: Any, **_: Any) -> None:
        made.append(optimizer)
        raise KeyboardInterrupt

    monkeypatch.setattr(deepspeed, "initialize", initialize)
    recipe = Pretraining(steps=1, beta1=0.8, beta2=0.95, epsilon=1e-6)
    layout = Layout(zero_stage=0, precision="fp32", micro_batch=1, accumulation=1)
    with pytest.raises(KeyboardInterrupt):
        Engine(
            LanguageModeling(BertForMaskedLM(SMALL)), recipe, recipe.all_stages[0], layout, ALONE
        )
    assert made[0].defaults["betas"] == (0.8, 0.95)
    assert made[0].defaults["eps"] == 1e-6
