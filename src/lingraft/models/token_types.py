"""Token types: which of two texts a token is of. Not every model has an embedding for them."""

from typing import Any

TOKEN_TYPES = "token_type_ids"  # noqa: S105 - not a password


def has_token_types(config: Any) -> bool:
    """Whether a model of this configuration has two types of tokens.

    RoBERTa has one type only and fails at the second; GPT-2 adds the rows of tokens 0 and 1.
    """
    return (getattr(config.get_text_config(), "type_vocab_size", None) or 0) > 1
