"""Configurations of models that read words as bytes: an architecture's own, plus the byte path."""

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedConfig

from lingraft.models.byte_words_types import ARCHITECTURES, PREFIX
from lingraft.models.counterparts import configurations, register, shared_settings

# Of the network, as `ByteNetwork` has them; `byte_specials` special tokens stand before the bytes.
_OWN = {
    "byte_specials": 1,
    "byte_width": 1,
    "byte_queries": 1,
    "byte_heads": 1,
    "byte_inner": 1,
    "byte_maximum": 1,
    "byte_dropout": 1.0,
}

CONFIGURATIONS = configurations(
    ARCHITECTURES,
    prefix=PREFIX,
    label="ByteWords",
    what="a network over bytes in the place of the embeddings",
    own=_OWN,
    module=__name__,
    models="lingraft.models.byte_words",
)
"""Model type of an architecture -> configuration of its counterpart that reads bytes."""


def byte_words_config(plain: PreTrainedConfig, own: Mapping[str, Any]) -> PreTrainedConfig:
    """The configuration of the counterpart of a model that reads bytes.

    Args:
        plain: configuration of the model, whose vocabulary is special tokens and bytes.
        own: the settings of the byte path, without `byte_`.
    """
    # The class says what is tied: biases that the head has twice, and no matrix.
    settings = shared_settings(plain, _OWN) | {"tie_word_embeddings": True}
    settings |= {f"byte_{name}": value for name, value in own.items()}
    return CONFIGURATIONS[plain.model_type].from_dict(settings)


def register_byte_words_configurations() -> None:
    """Make the configurations loadable through AutoConfig."""
    register(CONFIGURATIONS)


register_byte_words_configurations()
