"""Fewer tokens for a tokenizer: the least used ones go, and other text is cut as before.

Of BPE only a *leaf* may go, a token that no merge of another kept one needs (2512.03989): what is
left is a BPE tokenizer that makes every kept token by the same merges. Unigram and WordPiece need
no such care. In each case a text whose tokens are all kept is cut as before.

Shapes: V tokens.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.errors import ConfigError
from lingraft.tokenizers.extending import read_state
from lingraft.tokenizers.pretokens import never_merged
from lingraft.tokenizers.renumbering import keep_only


def prune(
    backend: Any,
    counts_V: NDArray[np.int64],
    kept: Iterable[int],
    origin: str,
    *,
    size: int | None = None,
    minimum_count: int = 0,
) -> Any:
    """A tokenizer without the tokens that are used least; the others move up in their order.

    Args:
        backend: a `tokenizers.Tokenizer`; it is not changed.
        counts_V: how often each id is used (V,).
        kept: ids that stay besides those that must (roles, tokens of a chat template).
        origin: what messages call the tokenizer.
        size: the number of tokens to keep; more where more must stay.
        minimum_count: without a size, keep the tokens that are used at least so often.

    Raises:
        InputError: the tokenizer is of a kind whose vocabulary cannot be changed.
        ConfigError: more tokens than `size` must stay.
    """
    state = read_state(backend, origin)
    model = state["model"]
    fixed = set(kept) | indispensable(backend, model)
    present = sorted(backend.get_vocab().values())
    parents = _parents(model) if model["type"] == "BPE" else {}
    order = _removable(present, counts_V, fixed, parents, 2**62 if size else minimum_count)
    if size is not None:
        least = len(present) - len(order)
        if size < least:
            raise ConfigError(
                f"vocabulary_size {size} is too small: {least} tokens of {origin} must stay "
                "(special and added tokens, bytes, characters, and what their merges need)"
            )
        order = order[: max(0, len(present) - size)]
    gone = set(order)
    return keep_only(state, [index for index in present if index not in gone])


def indispensable(backend: Any, model: Mapping[str, Any]) -> set[int]:
    """Ids of tokens without which some text could not be cut, or would be cut in another way."""
    fixed = never_merged(backend)
    prefix = model.get("continuing_subword_prefix") or "\0"
    suffix = model.get("end_of_word_suffix") or "\0"
    if not model.get("byte_fallback"):
        fixed |= {
            index
            for token, index in backend.get_vocab().items()
            if len(token.removeprefix(prefix).removesuffix(suffix)) < 2
        }
    if model["type"] == "Unigram":
        # What an unknown character costs follows from the lowest score.
        scores = [score for _, score in model["vocab"]]
        fixed.add(scores.index(min(scores)))
    return fixed


def _parents(model: Mapping[str, Any]) -> dict[int, list[tuple[int, int]]]:
    """The merges that make each token, the first one first."""
    ids = model["vocab"]
    prefix = model.get("continuing_subword_prefix") or ""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for left, right in model["merges"]:
        found[ids[left + right.removeprefix(prefix)]].append((ids[left], ids[right]))
    return found


def _removable(
    present: Sequence[int],
    counts_V: NDArray[np.int64],
    fixed: set[int],
    parents: Mapping[int, Sequence[tuple[int, int]]],
    below: int,
) -> list[int]:
    """Ids in the order in which they may go: the least used leaf first, of equals the newest.

    What a token was used for is then done by the two that it is made of.
    """
    used = dict(zip(present, counts_V[present].tolist(), strict=True))
    needed = Counter(part for merges in parents.values() for merge in merges for part in merge)
    free = [index for index in present if index not in fixed]
    heap = [(used[index], -index) for index in free if not needed[index]]
    heapify(heap)
    waiting = set(free)
    order = []
    while heap:
        count, negative = heappop(heap)
        index = -negative
        if count >= below:
            break
        order.append(index)
        waiting.discard(index)
        for number, merge in enumerate(parents.get(index, ())):
            for part in merge:
                needed[part] -= 1
                if number == 0:  # the merge that BPE makes first
                    used[part] += count
        freed = {part for merge in parents.get(index, ()) for part in merge}
        for part in sorted(freed):
            if not needed[part] and part in waiting:
                heappush(heap, (used[part], -part))
    return order
