"""LoRA: low-rank updates beside the linear layers of a frozen body, put in and merged by peft.

Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models". A new update is zero, so the
model begins as it was.
"""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from lingraft.config.adapter import Adapter
from lingraft.errors import ConfigError
from lingraft.models.loading import load_model

_MARK = "lora_"


def load_with_adapter(folder: Path, adapter: Adapter | None, seed: int) -> PreTrainedModel:
    """Load a model as `load_model` does, with the updates of `adapter` if there is one.

    Args:
        folder: of the model.
        adapter: rank, scale and targets; None for a plain model.
        seed: draws the first factors.

    Raises:
        ConfigError: a target of the adapter is not a linear layer of the model's body.
    """
    model = load_model(folder)
    if adapter is not None:
        add_adapter(model, adapter, seed)
    return model


def add_adapter(model: Any, adapter: Adapter, seed: int) -> None:
    """Put updates beside the layers that `adapter` names; the seed draws their first factors.

    Args:
        model: changed in place.
        adapter: rank, scale and targets.
        seed: draws the first factors.

    Raises:
        ConfigError: a target is not a linear layer of the model's body.
    """
    from peft import LoraConfig, inject_adapter_in_model

    layers = _chosen(body_layers(model), adapter.targets)
    is_transposed = isinstance(model.get_submodule(layers[0]), Conv1D)  # GPT-2's layers
    config = LoraConfig(
        r=adapter.rank,
        lora_alpha=adapter.alpha,
        lora_dropout=adapter.dropout,
        target_modules=layers,
        # Conv1D stores (inputs, outputs), and nn.Linear stores (outputs, inputs).
        fan_in_fan_out=is_transposed,
    )
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inject_adapter_in_model(config, model)


def merge_adapter(model: Any) -> None:
    """Add the updates to the weights of their layers and take them out: a plain model remains."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    # A list, because the loop replaces modules.
    for name, layer in list(model.named_modules()):
        if isinstance(layer, BaseTunerLayer):
            layer.merge()
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, layer.get_base_layer())
    model.__dict__.pop("peft_config", None)


def adapter_parameters(model: Any) -> set[int]:
    """Identities of the parameters of the updates; none if the model has no adapter."""
    # peft adds `lora_A` and `lora_B` to the name of the layer that it updates.
    return {id(p) for name, p in model.named_parameters() if f".{_MARK}" in name}


def body_layers(model: Any) -> list[str]:
    """Names of the linear layers of the body; those of factorized embeddings are not among them."""
    embeddings = set(model.get_input_embeddings().modules())
    inside = set(model.base_model.modules()) - embeddings
    return [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and module in inside
    ]


def _chosen(layers: Sequence[str], targets: Sequence[str]) -> list[str]:
    for target in targets:
        if not any(_is_named(layer, target) for layer in layers):
            known = ", ".join(sorted({layer.rpartition(".")[2] for layer in layers}))
            raise ConfigError(
                f"adapter.targets: this model's body has no linear layer {target}; it has {known}"
            )
    if not targets:
        return list(layers)
    return [layer for layer in layers if any(_is_named(layer, target) for target in targets)]


def _is_named(layer: str, target: str) -> bool:
    return layer == target or layer.endswith(f".{target}")
