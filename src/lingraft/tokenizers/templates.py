"""Chat templates: carried over to a vocabulary that has their tokens, and checked.

A template writes special tokens as text. A vocabulary that lacks one cuts it to pieces, and the
model never learns where a turn begins.
"""

import logging
import re
from typing import Any

from lingraft.tokenizers.token_table import ROLES

logger = logging.getLogger(__name__)

_SHOWN = 12
# As most models write them: `<|im_start|>`, `<start_of_turn>`.
_MARKS = re.compile(r"<\|[^|<>\s]+\|>|<[a-z]+(?:_[a-z]+)+>")
_SPEAKERS = ("system", "user", "assistant", "tool", "model")


def carry_template(source: Any, target: Any) -> None:
    """Give a new tokenizer the chat template of the source, or log why it cannot have it.

    A template writes special tokens, as text and by role; a vocabulary without them would cut them
    to pieces. One warning names these, and other special tokens of the source without a role that
    the target lacks.

    Args:
        source: the tokenizer of the source model.
        target: the new one, changed in place; a template of its own stays.
    """
    known = target.get_vocab()
    lost = [token for token in _special(source) if token not in known]
    template = None if target.chat_template else source.chat_template
    missing = _missing(source, target) if template else []
    if missing:
        logger.warning(
            "the chat template of the source is left out: the new vocabulary has no %s",
            _list(list(dict.fromkeys([*missing, *lost]))),
        )
        return
    if lost:
        logger.warning(
            "%d special tokens of the source are not in the new vocabulary: %s",
            len(lost), _list(lost),
        )  # fmt: skip
    if template:
        target.chat_template = template


def _missing(source: Any, target: Any) -> list[str]:
    """What the chat templates of the source write and the target does not have."""
    known = target.get_vocab()
    text = "\n".join(_texts_of(source))
    played = [f"{role}_token" for role in ROLES]
    of_roles = [str(token) for role in played if (token := getattr(source, role))]
    written = [token for token in [*fixed_tokens(source), *of_roles] if token in text]
    missing = [token for token in written if token not in known]
    return missing + [role for role in played if role in text and not getattr(target, role)]


def template_ids(tokenizer: Any) -> set[int]:
    """Ids of the tokens that the chat templates of a tokenizer write, and the names of speakers.

    A template is a program: every text in it counts, also the names of its variables.
    """
    texts = _texts_of(tokenizer)
    if not texts:
        return set()
    written = [text.replace("\\n", "\n").replace("'", " ' ").replace('"', ' " ') for text in texts]
    rows = tokenizer([*texts, *written, *_SPEAKERS], add_special_tokens=False)["input_ids"]
    return {index for row in rows for index in row}


def fixed_tokens(tokenizer: Any) -> dict[str, int]:
    """Tokens that say how a text or a chat is framed -> their ids, in the order of the ids.

    These are special tokens, added tokens that a chat template writes, and other tokens in it that
    look like marks of turns.
    """
    known, written = tokenizer.get_vocab(), "\n".join(_texts_of(tokenizer))
    named = set(tokenizer.all_special_tokens) | set(_MARKS.findall(written))
    for token in tokenizer.added_tokens_decoder.values():
        if token.special or token.content in written:
            named.add(token.content)
    found = {token: known[token] for token in named if token in known}
    return dict(sorted(found.items(), key=lambda item: item[1]))


def cut_marks(tokenizer: Any) -> list[str]:
    """Marks of turns that a tokenizer's chat template writes, and its vocabulary cuts to pieces.

    Args:
        tokenizer: a fast tokenizer, with or without a template.
    """
    marks = dict.fromkeys(mark for text in _texts_of(tokenizer) for mark in _MARKS.findall(text))
    return [mark for mark in marks if tokenizer.tokenize(mark) != [mark]]


def _texts_of(tokenizer: Any) -> list[str]:
    """The chat templates of a tokenizer: none, one, or several that have names."""
    template = tokenizer.chat_template or {}
    return [template] if isinstance(template, str) else list(template.values())


def _special(tokenizer: Any) -> list[str]:
    """Special tokens without a role, in the order of their ids."""
    roles = {getattr(tokenizer, f"{role}_token") for role in ROLES}
    added = tokenizer.added_tokens_decoder
    return [
        token.content
        for _, token in sorted(added.items())
        if token.special and token.content not in roles
    ]


def _list(tokens: list[str]) -> str:
    more = ", ..." if len(tokens) > _SHOWN else ""
    return ", ".join(tokens[:_SHOWN]) + more
