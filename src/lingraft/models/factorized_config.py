"""Configurations of models with factorized embeddings: an architecture's own, plus the width."""

from typing import Any

from transformers import PreTrainedConfig

from lingraft.models.counterparts import configurations, register, shared_settings
from lingraft.models.factorized_types import ARCHITECTURES, PREFIX

_OWN = {"factorized_width": 0}

CONFIGURATIONS = configurations(
    ARCHITECTURES,
    prefix=PREFIX,
    label="Factorized",
    what="factorized embeddings of width `factorized_width`",
    own=_OWN,
    module=__name__,
    models="lingraft.models.factorized",
)
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
    return shared_settings(config, _OWN)


def register_configurations() -> None:
    """Make the configurations loadable through AutoConfig."""
    register(CONFIGURATIONS)


register_configurations()
