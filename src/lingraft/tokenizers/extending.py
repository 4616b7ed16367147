"""More tokens for a tokenizer, behind the old ones, which keep their ids and their way to cut text.

New tokens of BPE are merges behind the old merges. Unigram gets them as pieces whose score is the
score of the old pieces that they cover, and a trifle more for each piece that they save: so the
best way to cut a text stays the best one, with fewer pieces. WordPiece, which has no scores, takes
the longest piece that fits; a text that contains no new piece is cut as before.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import AddedToken, Tokenizer

from lingraft.errors import InputError
from lingraft.tokenizers.continued_merges import NewToken, continue_merges
from lingraft.tokenizers.pretokens import never_merged, sequences_of
from lingraft.tokenizers.token_table import tokens_by_id

logger = logging.getLogger(__name__)

ALGORITHMS = ("BPE", "Unigram", "WordPiece")
# What a Unigram piece gains for each old piece that it saves: far less than scores differ, far more
# than sums of them are rounded.
_GAIN = 1e-6


def extend(
    backend: Any, texts: Iterable[str], wanted: int, minimum_frequency: int, origin: str
) -> Any:
    """A tokenizer with tokens that are learned from texts.

    Args:
        backend: a `tokenizers.Tokenizer`; it is not changed.
        texts: read once.
        wanted: number of new tokens, at most.
        minimum_frequency: pairs of tokens that occur less often are not merged.
        origin: what messages call the tokenizer.

    Raises:
        InputError: the tokenizer is of a kind that cannot be continued, or there is no text.
    """
    found = learn_tokens(backend, texts, wanted, minimum_frequency, origin)
    if len(found) < wanted:
        logger.warning(
            "the text gives %d new tokens only, fewer than the %d asked for", len(found), wanted
        )
    return append_tokens(backend, found, origin)


def learn_tokens(
    backend: Any, texts: Iterable[str], wanted: int, minimum_frequency: int, origin: str
) -> list[NewToken]:
    """The tokens that a vocabulary would get from texts; the first n are those of n wanted ones.

    Args:
        backend: a `tokenizers.Tokenizer`; it is not changed.
        texts: read once.
        wanted: number of new tokens, at most.
        minimum_frequency: pairs of tokens that occur less often are not merged.
        origin: what messages call the tokenizer.

    Raises:
        InputError: as `extend`.
    """
    state = read_state(backend, origin)
    sequences = sequences_of(backend, texts)
    if not sequences:
        raise InputError(f"there is no text to extend {origin} by: nothing has two tokens in a row")
    prefix = state["model"].get("continuing_subword_prefix") or ""
    tokens = tokens_by_id(backend.get_vocab())
    return continue_merges(sequences, tokens, wanted, minimum_frequency, prefix)


def append_tokens(backend: Any, found: Sequence[NewToken], origin: str) -> Any:
    """A tokenizer with learned tokens behind its own.

    Args:
        backend: a `tokenizers.Tokenizer`; it is not changed.
        found: what `learn_tokens` gave for it, or the first of them.
        origin: what messages call the tokenizer.

    Raises:
        InputError: the tokenizer is of a kind that cannot be continued.
    """
    state, tokens = read_state(backend, origin), tokens_by_id(backend.get_vocab())
    _fill_gaps(state, tokens)
    _APPEND[state["model"]["type"]](state["model"], found, len(tokens))
    return Tokenizer.from_str(json.dumps(state))


def add_whole(backend: Any, tokens: Sequence[str], origin: str) -> Any:
    """A tokenizer with tokens that are found in a text before anything else is.

    Args:
        backend: a `tokenizers.Tokenizer`; it is not changed.
        tokens: the new tokens.
        origin: what messages call the tokenizer.

    Raises:
        InputError: one of them is in the vocabulary already.
    """
    known = backend.get_vocab()
    if there := [token for token in tokens if token in known]:
        raise InputError(f"tokens: {there[0]!r} is in the vocabulary of {origin} already")
    extended = Tokenizer.from_str(backend.to_str())
    extended.add_tokens([AddedToken(token, normalized=False) for token in tokens])
    return extended


def read_state(backend: Any, origin: str) -> dict[str, Any]:
    """tokenizer.json of a tokenizer whose vocabulary can be made larger or smaller.

    Raises:
        InputError: it is no BPE, Unigram or WordPiece, or a Unigram without scores.
    """
    state: dict[str, Any] = json.loads(backend.to_str())
    model = state["model"]
    if model["type"] not in ALGORITHMS:
        raise InputError(
            f"{origin} is a {model['type']} tokenizer; its vocabulary cannot be changed, only one "
            f"of {', '.join(ALGORITHMS)}"
        )
    if model["type"] == "Unigram":
        hidden = never_merged(backend)
        scores = {score for index, (_, score) in enumerate(model["vocab"]) if index not in hidden}
        if len(scores) < 2:
            raise InputError(
                f"all pieces of {origin} have the same score: the scores of this Unigram tokenizer "
                "are missing; convert it anew from the SentencePiece model"
            )
    return state


def _fill_gaps(state: dict[str, Any], tokens: Sequence[str]) -> None:
    """Give the model the added tokens that stand behind its own: new ones come behind them.

    A model never meets them in a text, because added tokens are found first.
    """
    model = state["model"]
    if model["type"] == "Unigram":
        least = min(score for _, score in model["vocab"])
        # A gap without a token gets a name that no text has.
        missing = enumerate(tokens[len(model["vocab"]) :], len(model["vocab"]))
        model["vocab"] += [[token or f"<gap {index}>", least] for index, token in missing]
    else:
        model["vocab"] |= {token: index for index, token in enumerate(tokens) if token}


def _append_merges(model: dict[str, Any], found: Sequence[NewToken], first: int) -> None:
    model["merges"] += [[new.left, new.right] for new in found]
    _append_pieces(model, found, first)


def _append_scored(model: dict[str, Any], found: Sequence[NewToken], first: int) -> None:
    scores = [score for _, score in model["vocab"]]
    for new in found:
        gain = _GAIN * (len(new.pieces) - 1)
        model["vocab"].append([new.text, sum(scores[piece] for piece in new.pieces) + gain])


def _append_pieces(model: dict[str, Any], found: Sequence[NewToken], first: int) -> None:
    model["vocab"] |= {new.text: first + number for number, new in enumerate(found)}


_APPEND = {"BPE": _append_merges, "Unigram": _append_scored, "WordPiece": _append_pieces}
