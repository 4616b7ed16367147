"""Tokens as the pieces that the source tokenizer splits their text into.

Shapes: N texts, S source rows.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from tokenizers import Tokenizer

from lingraft.initialization.evidence.smaller_vocabulary import without_tokens
from lingraft.initialization.policies import PieceWeights
from lingraft.initialization.request import Request
from lingraft.numeric import sparse
from lingraft.tokenizers.spelling import spelling_of
from lingraft.tokenizers.token_table import TokenTable

# Letters that no normalizer changes and that no pre-tokenizer cuts from a word: rare ones.
_LETTERS = "ᚠᚢᚦᚨᚱᚲᚷᚹ"


def split(source: TokenTable, texts: Sequence[str]) -> list[list[int]]:
    """Source ids of each text without special tokens; an empty text has none."""
    if not texts:
        return []
    encoded = source.tokenizer(
        list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False
    )
    return [list(ids) for ids in encoded["input_ids"]]


def token_texts(table: TokenTable, rows: Iterable[int]) -> list[str]:
    """Texts of tokens with their leading space; empty for bytes that are not characters."""
    return ["" if table.byte_T[row] else table.canonical[row] for row in rows]


def pieces_of_tokens(
    source: TokenTable, table: TokenTable, rows: Iterable[int], without: Collection[str] = ()
) -> list[list[int]]:
    """Source ids of the pieces of tokens; bytes that are not characters have none.

    Args:
        source: the tokenizer's tokens.
        table: whose tokens are split, of a target or of the source itself.
        rows: which of them.
        without: tokens that the tokenizer shall not use.
    """
    rows = list(rows)
    texts = token_texts(table, rows)
    inside = table.inside_words_T[rows].tolist()
    return split_tokens(source, texts, without, inside=inside)


def split_tokens(
    source: TokenTable,
    texts: Sequence[str],
    without: Collection[str] = (),
    *,
    inside: Sequence[bool] | None = None,
) -> list[list[int]]:
    """Source ids of the texts of tokens; a text itself says whether a word begins with it.

    A tokenizer that puts a space before every text (Llama 2, XLM-R, a byte-level one with
    `add_prefix_space`) does not do so here: otherwise ` foo` would have two spaces, and `ing` would
    begin a word. For the same reason WordPiece cuts `ing` as it does inside of a word (`##ing`);
    where it knows no such pieces, those of a word's beginning have to do.

    Args:
        source: the tokenizer's tokens.
        texts: what is split.
        without: tokens that the tokenizer shall not use, as if its vocabulary did not have them.
        inside: for each text whether it stands inside of a word; by default where it has no space
            in front.
    """
    texts = list(texts)
    state = _without_added_space(source.tokenizer.backend_tokenizer, frozenset(without))
    plain = _cut(state, texts)
    if not _marks_insides(source.tokenizer.backend_tokenizer):
        return plain
    if inside is None:
        inside = [not text.startswith(" ") for text in texts]
    places = [place for place, is_inside in enumerate(inside) if is_inside and texts[place]]
    unknown = source.tokenizer.unk_token_id
    cut = _cut_inside(state, [texts[place] for place in places])
    for place, pieces in zip(places, cut, strict=True):
        if pieces and unknown not in pieces:
            plain[place] = pieces
    return plain


def _marks_insides(backend: Any) -> bool:
    """Whether a piece inside of a word is another one than that of the same text at its beginning,
    in an alphabet of characters."""
    has_bytes = "ByteLevel" in repr(backend.pre_tokenizer)
    return spelling_of(backend) == "wordpiece" and not has_bytes


def _cut(state: Mapping[str, Any], texts: Sequence[str]) -> list[list[int]]:
    backend = Tokenizer.from_str(json.dumps(state))
    return [list(each.ids) for each in backend.encode_batch_fast(texts, add_special_tokens=False)]


def _cut_inside(state: Mapping[str, Any], texts: Sequence[str]) -> list[list[int]]:
    """The pieces of texts behind a letter that is a piece of its own."""
    known = "".join((*state["model"]["vocab"], *texts))
    letter = next((letter for letter in _LETTERS if letter not in known), None)
    if letter is None:
        return [[] for _ in texts]
    vocabulary = state["model"]["vocab"]
    number = 1 + max(vocabulary.values())
    model = state["model"] | {"vocab": vocabulary | {letter: number}}
    cut = _cut({**state, "model": model}, [letter + text for text in texts])
    return [[piece for piece in pieces if piece != number] for pieces in cut]


def _without_added_space(backend: Any, without: Collection[str]) -> dict[str, Any]:
    # The tokenizer is written as JSON and read again, because its parts inside of a Sequence are
    # plain entries there.
    state: dict[str, Any] = json.loads(backend.to_str())
    if without:
        state["model"] = without_tokens(state["model"], without)
    for part in ("normalizer", "pre_tokenizer"):
        state[part] = _as_it_stands(state[part])
    # A tokenizer file may ask to cut texts or to pad a batch; here each text is split as it is.
    state["truncation"] = state["padding"] = None
    return state


def _as_it_stands(part: Any) -> Any:
    """A normalizer or pre-tokenizer without what adds space at a text's edges or strips it."""
    match part:
        case {"type": "Prepend"} | {"type": "Strip"}:
            return None
        case {"type": "Metaspace"}:
            return part | {"prepend_scheme": "never"}
        case {"type": "ByteLevel"}:
            return part | {"add_prefix_space": False}
        case {"type": "Sequence"}:
            parts = "normalizers" if "normalizers" in part else "pretokenizers"
            kept = [_as_it_stands(step) for step in part[parts]]
            return part | {parts: [step for step in kept if step is not None]}
    return part


def informative(request: Request, pieces: Sequence[Sequence[int]]) -> list[list[int]]:
    """The pieces that have a row and are not special tokens such as [UNK]."""
    informative_S = request.candidates_S.copy()
    special = np.flatnonzero(request.source.special_T)
    informative_S[special[special < request.columns]] = False
    return [
        [piece for piece in token if piece < request.columns and informative_S[piece]]
        for token in pieces
    ]


def weigh(
    pieces: Sequence[Sequence[int]],
    columns: int,
    how: PieceWeights = "equal",
    lengths_S: NDArray[Any] | None = None,
) -> csr_array:
    """Weights (N, S) that sum to one over the pieces of each text; none where it has no piece.

    Args:
        pieces: source ids of the pieces of each text.
        columns: number of source rows altogether (S).
        how: pieces count equally, by their length, or only the first or the last one counts.
        lengths_S: length of each source token in characters; it goes with `length`.
    """
    chosen = {"first": slice(1), "last": slice(-1, None)}.get(how, slice(None))
    kept = [list(token[chosen]) for token in pieces]
    counts_N = np.fromiter(map(len, kept), np.int64, len(kept))
    ids = np.fromiter((piece for token in kept for piece in token), np.int64, counts_N.sum())
    data = np.ones(len(ids)) if lengths_S is None else lengths_S[ids].astype(np.float64)
    starts = np.concatenate(([0], np.cumsum(counts_N)))
    # A text may have a piece twice: `canonical` adds the two weights up.
    weights_NS = csr_array((data, ids, starts), shape=(len(kept), columns))
    return sparse.normalize_rows(sparse.canonical(weights_NS))
