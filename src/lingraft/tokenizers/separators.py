"""What ends a document among others, and what a model reads before one."""

from typing import Any

from lingraft.errors import ConfigError, InputError
from lingraft.tokenizers.token_table import ROLES

DOCUMENT_SEPARATOR = "document_separator"  # a key of tokenizer_config.json

# The end token of a chat model ends a turn (`<|im_end|>`, `<|eot_id|>`). These ended the documents
# that such models were pretrained on: of GPT-2, SmolLM2 and Qwen, and of Llama 3.
_ENDS = ("<|endoftext|>", "<|end_of_text|>")


def separator_id(tokenizer: Any) -> int | None:
    """Id of the token that ends every document of a corpus; None if the tokenizer has none.

    It is the separator that `tokenizers.<name>.separator` chose, or else the separator of a masked
    model, or else the end of a text. Of a chat model, whose end token ends a turn, it is the token
    that ends a document.
    """
    chosen = tokenizer.init_kwargs.get(DOCUMENT_SEPARATOR)
    if chosen is not None:
        return special_id(tokenizer, chosen, DOCUMENT_SEPARATOR)
    if tokenizer.sep_token_id is not None:
        return int(tokenizer.sep_token_id)
    if tokenizer.chat_template:
        known = tokenizer.get_added_vocab()
        ends = [known[token] for token in _ENDS if token in known]
        if ends and tokenizer.eos_token_id not in ends:
            return int(ends[0])
    return None if tokenizer.eos_token_id is None else int(tokenizer.eos_token_id)


def prefix_id(tokenizer: Any, chosen: str | None = None) -> int:
    """Id of the token from which a causal model predicts the first token of a document.

    By default it is what stands there in training: what the tokenizer puts before a text, or else
    the end of the document before.

    Args:
        tokenizer: of the model.
        chosen: a role, such as `bos`, or a token.

    Raises:
        ConfigError: the tokenizer does not have what was chosen.
    """
    if chosen is not None:
        return special_id(tokenizer, chosen, "the prefix under evaluation")
    opening, _ = surroundings(tokenizer)
    if opening:
        return opening[-1]
    found = separator_id(tokenizer), tokenizer.bos_token_id, tokenizer.pad_token_id
    return next((int(token) for token in found if token is not None), 0)


def special_id(tokenizer: Any, name: str, key: str) -> int:
    """The id of a token that is named by its role or by its string.

    Args:
        tokenizer: has it.
        name: a role, such as `eos`, or a token.
        key: of the configuration, for the message.

    Raises:
        ConfigError: there is no such token.
    """
    found = getattr(tokenizer, f"{name}_token_id") if name in ROLES else None
    found = tokenizer.get_vocab().get(name) if found is None else found
    if found is None:
        special = ", ".join(tokenizer.all_special_tokens)
        raise ConfigError(
            f"{key}: the tokenizer has no token {name!r}; its special ones: {special}"
        )
    return int(found)


def choose_separator(tokenizer: Any, name: str | None) -> None:
    """Have a tokenizer say which token ends documents, so that its folder says it too.

    Args:
        tokenizer: is changed.
        name: a role or a token; None leaves it as it is.

    Raises:
        ConfigError: there is no such token.
    """
    if name is not None:
        token = special_id(tokenizer, name, "separator")
        tokenizer.init_kwargs[DOCUMENT_SEPARATOR] = tokenizer.convert_ids_to_tokens(token)


def surroundings(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids before and after a text, found by encoding one with and without them.

    Raises:
        InputError: the tokenizer cuts a text in another way when it adds them.
    """
    probe = "a"
    bare = tokenizer(probe, add_special_tokens=False)["input_ids"]
    full = tokenizer(probe, add_special_tokens=True)["input_ids"]
    for start in range(len(full) - len(bare) + 1):
        if full[start : start + len(bare)] == bare:
            return tuple(full[:start]), tuple(full[start + len(bare) :])
    raise InputError(f"tokenizer {tokenizer.name_or_path} changes a text when it adds its tokens")
