"""A tokenizer with some of its tokens, numbered anew in their order."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import Tokenizer


def keep_only(state: dict[str, Any], kept: Sequence[int]) -> Any:
    """The tokenizer of a tokenizer.json without some of its tokens.

    Args:
        state: of BPE, Unigram or WordPiece; it is changed.
        kept: old ids of the tokens to keep, rising, with all that merges and added tokens need.
    """
    new = {old: number for number, old in enumerate(kept)}
    model = state["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][old] for old in kept if old < len(model["vocab"])]
        if model.get("unk_id") is not None:
            model["unk_id"] = new[model["unk_id"]]
    else:
        model["vocab"] = {token: new[old] for token, old in model["vocab"].items() if old in new}
    if model["type"] == "BPE":
        model["merges"] = _merges(model)
    for token in state["added_tokens"]:
        token["id"] = new[token["id"]]
    if state["post_processor"] is not None:
        state["post_processor"] = _processor(state["post_processor"], new)
    return Tokenizer.from_str(json.dumps(state))


def _merges(model: Mapping[str, Any]) -> list[list[str]]:
    """The merges whose two tokens and whose result are in the vocabulary."""
    vocabulary, prefix = model["vocab"], model.get("continuing_subword_prefix") or ""
    return [
        [left, right]
        for left, right in model["merges"]
        if {left, right, left + right.removeprefix(prefix)} <= vocabulary.keys()
    ]


def _processor(part: dict[str, Any], new: Mapping[int, int]) -> dict[str, Any]:
    """What is put around a text, with the new ids."""
    match part:
        case {"type": "Sequence", "processors": processors}:
            return part | {"processors": [_processor(each, new) for each in processors]}
        case {"type": "TemplateProcessing", "special_tokens": tokens}:
            moved = {
                name: token | {"ids": [new[index] for index in token["ids"]]}
                for name, token in tokens.items()
            }
            return part | {"special_tokens": moved}
        case {"sep": [separator, last], "cls": [opening, first]}:
            return part | {"sep": [separator, new[last]], "cls": [opening, new[first]]}
    return part
