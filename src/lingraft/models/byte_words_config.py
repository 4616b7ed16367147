"""Configurations of models that read words as bytes: an architecture's own, plus the byte path."""

import importlib
from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING, AutoConfig

from lingraft.models.byte_words_types import ARCHITECTURES, PREFIX

# Of the network, as `ByteNetwork` has them; `byte_specials` special tokens stand before the bytes.
_OWN: Mapping[str, type] = {
    "byte_specials": int,
    "byte_width": int,
    "byte_queries": int,
    "byte_heads": int,
    "byte_inner": int,
    "byte_maximum": int,
    "byte_dropout": float,
}


def _made(cls: type[PreTrainedConfig], *arguments: Any, **settings: Any) -> PreTrainedConfig:
    """`__new__` of our configurations: before one exists, its models are registered, as of
    factorized ones."""
    importlib.import_module("lingraft.models.byte_words")
    return object.__new__(cls)


def _subclass(plain: type[PreTrainedConfig]) -> type[PreTrainedConfig]:
    attributes = {
        "__module__": __name__,
        "__doc__": f"A {plain.__name__} with a network over bytes in the place of the embeddings.",
        "__annotations__": dict(_OWN),
        **{name: kind(1) for name, kind in _OWN.items()},
        "model_type": PREFIX + plain.model_type,
        "__new__": _made,
    }
    return type(f"ByteWords{plain.__name__}", (plain,), attributes)


CONFIGURATIONS: Mapping[str, type[PreTrainedConfig]] = {
    model_type: _subclass(CONFIG_MAPPING[model_type]) for model_type in ARCHITECTURES
}
"""Model type of an architecture -> configuration of its counterpart that reads bytes."""


def byte_words_config(plain: PreTrainedConfig, own: Mapping[str, Any]) -> PreTrainedConfig:
    """The configuration of the counterpart of a model that reads bytes.

    Args:
        plain: configuration of the model, whose vocabulary is special tokens and bytes.
        own: the settings of the byte path, `byte_...`.
    """
    settings = {
        name: value
        for name, value in plain.to_dict().items()
        if name not in ("model_type", "architectures")
    }
    # The class says what that is: biases that the head has twice, and no matrix.
    settings["tie_word_embeddings"] = True
    return CONFIGURATIONS[plain.model_type].from_dict(settings | dict(own))


def register_byte_words_configurations() -> None:
    """Make the configurations loadable through AutoConfig."""
    for configuration in CONFIGURATIONS.values():
        AutoConfig.register(configuration.model_type, configuration, exist_ok=True)


register_byte_words_configurations()
