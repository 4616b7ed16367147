"""Names of architectures that read words as bytes."""

from lingraft.models.factorized_types import register_counterparts

PREFIX = "byte-words-"

ARCHITECTURES = ("bert", "camembert", "roberta", "xlm-roberta")
"""Types of models that have a counterpart that reads bytes."""


def register_byte_words_names() -> None:
    """Make every such configuration loadable through AutoConfig, without importing any."""
    register_counterparts(ARCHITECTURES, PREFIX, "ByteWords", "lingraft.models.byte_words_config")
