"""Configurations of models with factorized embeddings: an architecture's own, plus the width."""

import importlib
from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, AutoConfig

from lingraft.models.factorized_types import ARCHITECTURES, PREFIX


def _made(cls: type[PreTrainedConfig], *arguments: Any, **settings: Any) -> PreTrainedConfig:
    """`__new__` of our configurations: before one exists, its models are registered.

    Their code needs that of transformers' models, which takes seconds to import, and an Auto class
    is asked for them with a configuration.
    """
    importlib.import_module("lingraft.models.factorized")
    return object.__new__(cls)


def _subclass(dense: type[PreTrainedConfig]) -> type[PreTrainedConfig]:
    attributes = {
        "__module__": __name__,
        "__doc__": f"A {dense.__name__} with factorized embeddings of width `factorized_width`.",
        "__annotations__": {"factorized_width": int},
        "factorized_width": 0,
        "model_type": PREFIX + dense.model_type,
        "__new__": _made,
    }
    return type(f"Factorized{dense.__name__}", (dense,), attributes)


CONFIGURATIONS: Mapping[str, type[PreTrainedConfig]] = {
    model_type: _subclass(CONFIG_MAPPING[model_type]) for model_type in ARCHITECTURES
}
"""Model type of a dense architecture -> configuration of its factorized counterpart."""


def factorized_config(dense: PreTrainedConfig, *, width: int, rows: int) -> PreTrainedConfig:
    """The configuration of the factorized counterpart of a model.

    Args:
        dense: configuration of the dense model.
        width: numbers of a token's coordinates.
        rows: tokens of the vocabulary.
    """
    settings = plain_settings(dense) | {"vocab_size": rows, "factorized_width": width}
    return CONFIGURATIONS[dense.model_type].from_dict(settings)


def plain_settings(config: PreTrainedConfig) -> dict[str, Any]:
    """The settings that a dense model and its factorized counterpart share."""
    own = {"factorized_width", "model_type", "architectures"}
    return {name: value for name, value in config.to_dict().items() if name not in own}


def register_configurations() -> None:
    """Make the configurations loadable through AutoConfig."""
    for configuration in CONFIGURATIONS.values():
        AutoConfig.register(configuration.model_type, configuration, exist_ok=True)


register_configurations()
