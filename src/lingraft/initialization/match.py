"""Which target token is which source token: by role, by the same form, by a folded form.

`match_keys`, `match_tokens` and `match_roles` compare two vocabularies; `shared_tokens` and
`role_copies` do so for a request, with the source tokens that have rows.

Shapes: N matched pairs (target id, source id).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from lingraft.errors import ConfigError
from lingraft.initialization.request import Request
from lingraft.initialization.weights import Layer, Provenance, copies
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.token_table import TokenTable

Pairs = tuple[Int64, Int64]
Fold = Literal["case", "space", "case-and-space"]

_MARKED_TOKENS = 100  # more of them make a vocabulary SentencePiece (▁) or WordPiece (##)

_FOLDS: Mapping[Fold, Callable[[str], str]] = {
    "case": str.lower,
    "space": str.strip,
    "case-and-space": lambda key: key.strip().lower(),
}

# Roles, the one that texts need most last: of a token's roles it decides which row the token gets.
_WEIGHT = ("pad", "unk", "mask", "bos", "cls", "eos", "sep")


def match_keys(
    target: Sequence[str],
    source: Sequence[str],
    *,
    candidates: Iterable[int] | None = None,
    tie: Literal["first", "last"] = "first",
    matches_empty: bool = False,
) -> Pairs:
    """Pairs of ids with equal keys, by rising target id.

    Args:
        target: keys of the target by id.
        source: keys of the source by id.
        candidates: the source ids that may be matched, in order of preference; all by default.
        tie: which of several candidates with the same key is meant.
        matches_empty: let empty keys match each other.
    """
    ids = range(len(source)) if candidates is None else list(candidates)
    # Of equal keys the one that is put in last stays.
    index = {source[i]: i for i in (reversed(ids) if tie == "first" else ids)}
    if not matches_empty:
        index.pop("", None)
    found = [(t, index[key]) for t, key in enumerate(target) if key in index]
    return as_pairs(found)


def fold(keys: Sequence[str], how: Fold) -> list[str]:
    """The keys without regard to case, to surrounding space, or to both."""
    return [_FOLDS[how](key) for key in keys]


def match_tokens(target: TokenTable, source: TokenTable, tokens: Mapping[str, str]) -> Pairs:
    """Given target tokens with given source tokens, by rising target id.

    Args:
        target: the target's tokens.
        source: the source's tokens.
        tokens: target token -> source token, as strings.

    Raises:
        ConfigError: one of them is not in its vocabulary.
    """
    found = {
        _require(target, a, "target"): _require(source, b, "source") for a, b in tokens.items()
    }
    return as_pairs(sorted(found.items()))


def match_roles(
    target: TokenTable, source: TokenTable, overrides: Mapping[str, str] | None = None
) -> Pairs:
    """Special tokens of the target with the source's token of the same role.

    `<s>` of one model and `[CLS]` of another both open a text. A special token of the same string
    is the same token, whatever its role: chat models end a turn with their eos, and a text with
    `<|endoftext|>`. A role that the source lacks (a decoder's [MASK]) stays unmatched. A token of
    several roles is matched by the one that texts need most: `<|endoftext|>` is what ends a text
    before it is padding or the unknown token.

    Args:
        target: the target's tokens and roles.
        source: the source's tokens and roles.
        overrides: target token -> source token, where the roles give the wrong one.

    Raises:
        ConfigError: an override names a token that is not in the vocabulary.
    """
    found: dict[int, int] = {}
    for role in _WEIGHT:
        source_id = source.id_of_role(role)
        if role in target.roles and source_id is not None:
            found[target.roles[role]] = source_id
    for index in np.flatnonzero(target.special_T):
        token = target.tokens[index]
        if token in source.ids and source.special_T[source.ids[token]]:
            found[int(index)] = source.ids[token]
    # Two arrays of ids become a dict: target id -> source id.
    found |= dict(zip(*map(list, match_tokens(target, source, overrides or {})), strict=True))
    return as_pairs(sorted(found.items()))


def _require(table: TokenTable, token: str, side: str) -> int:
    if token not in table.ids:
        raise ConfigError(f"special_token_map: {token!r} is not in the {side} vocabulary")
    return table.ids[token]


def as_pairs(found: Sequence[tuple[int, int]]) -> Pairs:
    """(target id, source id) tuples as two arrays."""
    # `reshape` gives an empty list two columns, too.
    array_N2 = np.array(found, np.int64).reshape(-1, 2)
    return array_N2[:, 0], array_N2[:, 1]


def shared_tokens(request: Request, mode: Literal["default", "reference"] = "default") -> Pairs:
    """Tokens of both vocabularies: the same canonical form, or (`reference`) the same string."""
    target, source = (
        table.tokens if mode == "reference" else table.canonical
        for table in (request.target, request.source)
    )
    return match_keys(target, source, candidates=request.candidate_ids)


def same_special_strings(target: TokenTable, source: TokenTable) -> Pairs:
    """The source's special tokens with the target's tokens of the same string (WECHSEL's code)."""
    tokens: set[str] = set()
    for value in source.tokenizer.special_tokens_map.values():
        # Most roles have one token, additional special tokens are a list.
        tokens |= {value} if isinstance(value, str) else set(value)
    shared = sorted(tokens & target.ids.keys())
    return as_pairs([(target.ids[token], source.ids[token]) for token in shared])


def same_special_ids(request: Request) -> Int64:
    """Ids of the target's special tokens that are rows of the source too (RAMEN's code)."""
    ids = np.flatnonzero(request.target.special_T)
    return ids[ids < request.columns]


def writes_mark(table: TokenTable, mark: str) -> bool:
    """Whether OFA's and FOCUS's code take a vocabulary for one that marks tokens by `mark`."""
    return sum(token.startswith(mark) for token in table.ids) > _MARKED_TOKENS


def role_copies(
    request: Request, overrides: Mapping[str, str] | None = None, *, only_overrides: bool = False
) -> Layer:
    """The source's special tokens under the target's special tokens of the same role.

    Args:
        request: with the two vocabularies.
        overrides: target token -> source token, where the roles give the wrong one.
        only_overrides: copy these alone.
    """
    match = match_tokens if only_overrides else match_roles
    target_N, source_N = match(request.target, request.source, overrides or {})
    with_row_N = np.isin(source_N, request.candidate_ids)
    return copies(Provenance.ROLE, target_N[with_row_N], source_N[with_row_N], request.columns)
