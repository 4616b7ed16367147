"""The model of a tokenizer that does not use some of its tokens; all others keep their ids."""

from collections.abc import Collection, Mapping
from typing import Any

_UNLIKELY = 1000.0  # nats below the least likely piece of a Unigram model


def without_tokens(model: Mapping[str, Any], tokens: Collection[str]) -> dict[str, Any]:
    """The model's part of a tokenizer's JSON, in which a text is never cut into these tokens.

    WordPiece and WordLevel lose the entries. BPE keeps them, as ids, and loses the merges that make
    them. Unigram keeps them as pieces so unlikely that any other cut wins; where there is no other
    cut, the piece is used, so a caller has to look.

    Args:
        model: its type, vocabulary and merges; it stays as it is.
        tokens: as the vocabulary writes them.
    """
    dropped = frozenset(tokens)
    match model["type"]:
        case "BPE":
            prefix = model.get("continuing_subword_prefix") or ""
            merges = [pair for pair in model["merges"] if _merged(pair, prefix) not in dropped]
            # With `ignore_merges` a word that is a token is not cut at all.
            return {**model, "merges": merges, "ignore_merges": False}
        case "Unigram":
            lowest = min(score for _, score in model["vocab"]) - _UNLIKELY
            entries = [[t, lowest if t in dropped else score] for t, score in model["vocab"]]
            return {**model, "vocab": entries}
    kept = {token: index for token, index in model["vocab"].items() if token not in dropped}
    return {**model, "vocab": kept}


def _merged(pair: Any, prefix: str) -> str:
    """What a merge makes: it is a list of two tokens, or a text with a space between them."""
    left, right = pair.split(" ", 1) if isinstance(pair, str) else pair
    return str(left) + str(right).removeprefix(prefix)
