"""Chat templates: carried over to a vocabulary that has their tokens, and checked.

A template writes special tokens as text. A vocabulary that lacks one cuts it to pieces, and the
model never learns where a turn begins.
"""

import logging
import re
from typing import Any

from lingraft.tokenizers.token_table import ROLES

logger = logging.getLogger(__name__)

_SHOWN = 5
# As most models write them: `<|im_start|>`, `<start_of_turn>`.
_MARKS = re.compile(r"<\|[^|<>\s]+\|>|<[a-z]+(?:_[a-z]+)+>")
_SPEAKERS = ("system", "user", "assistant", "tool", "model")


def carry_template(source: Any, target: Any) -> None:
    """Give a new tokenizer the chat template of the source, or log why it cannot have it.

    A template writes special tokens, as text and by role; a vocabulary without them would cut them
    to pieces. Special tokens of the source without a role that the target lacks are logged,
    too.

    Args:
        source: the tokenizer of the source model.
        target: the new one, changed in place; a template of its own stays.
    """
    known = target.get_vocab()
    lost = [token for token in _special(source) if token not in known]
    if lost:
        logger.warning(
            "%d special tokens of the source are not in the new vocabulary: %s",
            len(lost), _list(lost),
        )  # fmt: skip
    template = source.chat_template
    if not template or target.chat_template:
        return
    text = "\n".join(_texts_of(source))
    played = [f"{role}_token" for role in ROLES]
    of_roles = [str(token) for role in played if (token := getattr(source, role))]
    missing = [token for token in lost if token in text]
    missing += [token for token in of_roles if token in text and token not in known]
    missing += [role for role in played if role in text and not getattr(target, role)]
    if missing:
        logger.warning(
            "the chat template of the source is left out: the new vocabulary has no %s",
            _list(list(dict.fromkeys(missing))),
        )
    else:
        target.chat_template = template


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
