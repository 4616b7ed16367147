"""Tokens that no text gives: cutting their own string does not give them back."""

import json
from typing import Any

from lingraft.tokenizers.pretokens import never_merged


def unreachable(backend: Any) -> list[int]:
    """Ids of such tokens, rising; special and added tokens are not asked, nor are single bytes.

    A token that stands inside of words or at their ends only (`##ing`, `ing</w>` before its end)
    is not asked either, where the model writes so: it has no string of its own.

    Args:
        backend: a `tokenizers.Tokenizer`.
    """
    state = json.loads(backend.model.__getstate__())
    prefix = state.get("continuing_subword_prefix") or "\0"
    suffix = state.get("end_of_word_suffix") or ""
    hidden = never_merged(backend)
    found = []
    for token, index in sorted(backend.get_vocab().items(), key=lambda item: item[1]):
        if index in hidden or token.startswith(prefix) or not token.endswith(suffix):
            continue
        pieces = backend.model.tokenize(token.removesuffix(suffix))
        if [piece.id for piece in pieces] != [index]:
            found.append(index)
    return found
