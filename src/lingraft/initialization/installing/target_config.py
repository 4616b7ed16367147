"""The configuration of a model with the target's vocabulary: its sizes and ids, and no old ones.

The embedding of the pad token that a configuration names is not trained: it gets no gradient. So
the configuration names none where the target's pad token has another role too, or where the
architecture would blank another position for it. The tokenizer and the rules of generation still
name it.
"""

import copy
import logging
import re
from typing import Any

from huggingface_hub.errors import StrictDataclassError
from transformers import GenerationConfig

from lingraft.errors import InputError
from lingraft.models.token_tables import resize_vocabulary
from lingraft.tokenizers.token_table import ROLES, TokenTable

logger = logging.getLogger(__name__)

_ROLE = re.compile(rf"({'|'.join(ROLES)})_(token_id|index)")
_ONE_ID = re.compile(r".*_(id|index|idx)")
_RULES = frozenset(vars(GenerationConfig()))  # type: ignore[no-untyped-call]
_NUMBERS_BUT_NOT_IDS = frozenset({"exponential_decay_length_penalty"})
# XGLM's positions are computed and begin at this one; that of the pad token's id is zero.
_FIRST_COMPUTED_POSITION = {"xglm": 2}


def target_config(source: Any, target: TokenTable, rows: int) -> Any:
    """The source's configuration for the target's vocabulary.

    Args:
        source: the configuration of the source model; it is not changed.
        target: the target's tokens and roles.
        rows: the size of the vocabulary, padding included.

    Raises:
        InputError: the architecture needs a token that the target does not have.
    """
    config = copy.deepcopy(source)
    resize_vocabulary(config, lambda _: rows)
    text = config.get_text_config()
    for each in [config] if text is config else [config, text]:
        _set_roles(each, target)
        if not _may_name_padding(text.model_type, target):
            _set(each, "pad_token_id", None)
        _drop(each, [name for name in vars(each) if name in _RULES or _is_token_id(name)])
    return config


def target_generation_config(model: Any, target: TokenTable) -> Any:
    """The source's way of generating with the target's ids; rules that name other ids are gone."""
    source = getattr(model, "generation_config", None)
    if source is None:
        return None
    config = copy.deepcopy(source)
    _set_roles(config, target)
    _drop(config, [name for name in vars(config) if name not in _NUMBERS_BUT_NOT_IDS])
    return config


def shares_padding(target: TokenTable) -> bool:
    """Whether the target's pad token has another role, too (`<|endoftext|>`)."""
    padding = target.roles.get("pad")
    return any(index == padding for role, index in target.roles.items() if role != "pad")


def _may_name_padding(model_type: str, target: TokenTable) -> bool:
    padding = target.roles.get("pad")
    first = _FIRST_COMPUTED_POSITION.get(model_type)
    moves_no_position = first is None or padding is None or padding < first
    return moves_no_position and not shares_padding(target)


def _set_roles(config: Any, target: TokenTable) -> None:
    """Point every id of a role at the target's token of that role."""
    for name in list(vars(config)):
        if (found := _ROLE.fullmatch(name)) is not None:
            _set(config, name, target.id_of_role(found[1]))
    if getattr(config, "decoder_start_token_id", None) is not None:
        _set(config, "decoder_start_token_id", target.id_of_role("bos"))


def _set(config: Any, name: str, index: int | None) -> None:
    """Set an id, or None; a few architectures cannot be without."""
    try:
        setattr(config, name, index)
    except StrictDataclassError as error:
        raise InputError(
            f"{getattr(config, 'model_type', 'generation')} needs {name}, and the target tokenizer "
            "has no such token"
        ) from error


def _drop(config: Any, names: list[str]) -> None:
    """Set what names tokens by id to None: the target has other tokens there."""
    for name in names:
        value = getattr(config, name)
        is_of_role = _ROLE.fullmatch(name) or name == "decoder_start_token_id"
        # Not isinstance, which takes True and False for integers.
        is_id = _ONE_ID.fullmatch(name) and type(value) is int
        if not is_of_role and (is_id or _holds_numbers(value)):
            logger.info("%s names tokens of the old vocabulary by id and is left out", name)
            _set(config, name, None)


def _is_token_id(name: str) -> bool:
    return re.fullmatch(r".*_token_(id|index)s?", name) is not None


def _holds_numbers(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_numbers, [*value, *value.values()])) or _has_number(value.values())
    return isinstance(value, list | tuple | set) and (
        _has_number(value) or any(map(_holds_numbers, value))
    )


def _has_number(values: Any) -> bool:
    return any(type(value) is int for value in values)
