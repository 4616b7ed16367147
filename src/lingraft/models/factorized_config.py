"""Configurations of models with factorized embeddings: an architecture's own, plus the width."""

from collections.abc import Mapping
from typing import Any

from transformers import (
    BertConfig,
    CamembertConfig,
    DistilBertConfig,
    ElectraConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    ModernBertConfig,
    PreTrainedConfig,
    Qwen2Config,
    Qwen3Config,
    RobertaConfig,
    XLMRobertaConfig,
)
from transformers.models.auto.configuration_auto import AutoConfig

PREFIX = "factorized-"
_ARCHITECTURES: tuple[type[PreTrainedConfig], ...] = (
    BertConfig,
    CamembertConfig,
    DistilBertConfig,
    ElectraConfig,
    GemmaConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    ModernBertConfig,
    Qwen2Config,
    Qwen3Config,
    RobertaConfig,
    XLMRobertaConfig,
)


def _subclass(dense: type[PreTrainedConfig]) -> type[PreTrainedConfig]:
    attributes = {
        "__module__": __name__,
        "__doc__": f"A {dense.__name__} with factorized embeddings of width `factorized_width`.",
        "__annotations__": {"factorized_width": int},
        "factorized_width": 0,
        "model_type": PREFIX + dense.model_type,
    }
    return type(f"Factorized{dense.__name__}", (dense,), attributes)


CONFIGURATIONS: Mapping[str, type[PreTrainedConfig]] = {
    dense.model_type: _subclass(dense) for dense in _ARCHITECTURES
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
