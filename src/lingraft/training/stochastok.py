"""StochasTok: random splits of tokens into two tokens of the vocabulary (Sims et al. 2025).

A model that sees `play` + `ing` beside `playing` learns what its tokens are made of. The decoded
text never changes. The paper builds the pairs from the merges of a BPE; we take every pair of
vocabulary pieces that spell the token, so that Unigram and WordPiece vocabularies are served too.

Shapes: V ids, P pairs, N rows, W width of a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from lingraft.corpus.token_files import TokenFile
from lingraft.numeric.arrays import Uint64
from lingraft.tokenizers.spelling import inside_mark
from lingraft.training.packing import Rows
from lingraft.training.recutting import renewed
from lingraft.training.sampler import GOLDEN, mix


@dataclass(frozen=True)
class Splits:
    """For each id the pairs of ids that spell the same, as a ragged array."""

    begins_V: NDArray[np.int64]  # first pair of each id; (V + 1)
    lefts_P: NDArray[np.int64]
    rights_P: NDArray[np.int64]

    @classmethod
    def of(cls, tokenizer: Any) -> Self:
        """All splits of a fast tokenizer's ordinary tokens."""
        vocabulary: dict[str, int] = tokenizer.get_vocab()
        added = {str(token) for token in tokenizer.added_tokens_decoder.values()}
        # WordPiece's; a BPE may have one too, and other models have none.
        mark = inside_mark(tokenizer.backend_tokenizer.model)
        pairs = [
            (index, left, right)
            for token, index in vocabulary.items()
            if token not in added
            for left, right in _spellings(token, vocabulary, added, mark)
        ]
        return cls.from_pairs(pairs, max(vocabulary.values()) + 1)

    @classmethod
    def from_pairs(cls, pairs: list[tuple[int, int, int]], size: int) -> Self:
        """From (id, left id, right id), in any order."""
        # Sorted by id, the pairs of id v are those from `begins_V[v]` to `begins_V[v + 1]`.
        table = np.array(sorted(pairs), np.int64).reshape(-1, 3)
        counts_V = np.bincount(table[:, 0], minlength=size)
        begins_V = np.concatenate([[0], np.cumsum(counts_V)])
        return cls(begins_V, table[:, 1], table[:, 2])


def _spellings(
    token: str, vocabulary: dict[str, int], added: set[str], mark: str
) -> list[tuple[int, int]]:
    if token.startswith("<0x") and token.endswith(">"):
        return []  # a byte, whose name must not be taken apart
    # A mark (`##`) is never cut, and the right part gets one of its own: `##ing` may
    # become `##i` and `##ng`.
    first = len(mark) + 1 if mark and token.startswith(mark) else 1
    found = []
    for cut in range(first, len(token)):
        left, right = token[:cut], mark + token[cut:]
        if left in vocabulary and right in vocabulary and not {left, right} & added:
            found.append((vocabulary[left], vocabulary[right]))
    return found


def expand(
    ids: NDArray[np.int64], attempts: int, splits: Splits, hash_key: np.uint64
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split tokens at random: `attempts` times draw a place in what the sequence has become, and
    split the token there if it can be split (a draw on another is wasted, as in the paper).

    Args:
        ids: token ids.
        attempts: number of draws, int(p * len(ids)) in the paper.
        splits: the splits of each id.
        hash_key: decides all draws.

    Returns:
        The new ids, and for each the place in `ids` that it comes from.
    """
    result, origins = ids.tolist(), list(range(len(ids)))
    # Two random numbers for each attempt: the place, and which of the token's pairs.
    counters = np.arange(2 * attempts, dtype=np.uint64) * GOLDEN
    randoms = mix(hash_key + counters).tolist()
    begins = splits.begins_V
    for number in range(attempts):
        place = randoms[2 * number] % len(result)
        begin, end = int(begins[result[place]]), int(begins[result[place] + 1])
        if begin == end:
            continue
        pair = begin + randoms[2 * number + 1] % (end - begin)
        result[place : place + 1] = [int(splits.lefts_P[pair]), int(splits.rights_P[pair])]
        origins.insert(place, origins[place])
    return np.array(result, np.int64), np.array(origins, np.int64)


@dataclass(frozen=True)
class StochasTok:
    """Splits tokens of rows, `proportion` draws for each token of text."""

    splits: Splits
    proportion: float

    def content_width(self, width: int, files: Sequence[TokenFile]) -> int:
        """Each draw adds a token at most."""
        return max(1, int(width / (1.0 + self.proportion)))

    def recut(self, rows: Rows, width: int, keys_N: Uint64) -> Rows:
        """Rows of at most `width` tokens with the same text, drawn by the key of each row."""
        cut = [
            expand(ids_W[:length], int(self.proportion * length), self.splits, row_key)
            for ids_W, length, row_key in zip(rows.ids_NW, rows.lengths_N, keys_N, strict=True)
        ]
        return renewed(rows, width, cut)
