"""The smallest common spans of two tokenizations of a text.

A span is a stretch of the text at whose edges both tokenizers have an edge of a token, and in which
both have tokens. It tells which pieces of one vocabulary stand for a token of another one, in its
context. Tokens that share a character (bytes of one letter, or letters of one ligature) have no
edge between them. Characters that no token covers belong to the token before them, as an accent
that was removed, or from the first space on to the one after them.

Shapes: N tokens, K spans.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from lingraft.numeric.arrays import Int64

_SPACE = re.compile(r"\s")


class Segmentation(NamedTuple):
    """A text as a tokenizer cuts it, without what the tokenizer adds around it."""

    text: str
    ids_N: Int64
    offsets_N2: Int64
    """First character of each token, and the one after its last."""

    @classmethod
    def of(cls, tokenizer: Any, texts: Sequence[str]) -> list[Self]:
        """Cut texts; special tokens that they spell out are text.

        Args:
            tokenizer: a `transformers` fast tokenizer; truncation and padding are switched off.
            texts: the texts.
        """
        backend = tokenizer.backend_tokenizer
        backend.encode_special_tokens = True
        backend.no_truncation()
        backend.no_padding()
        return [
            cls(
                text,
                np.array(encoding.ids, np.int64),
                np.array(encoding.offsets, np.int64).reshape(-1, 2),
            )
            for text, encoding in zip(
                texts, backend.encode_batch(list(texts), add_special_tokens=False), strict=True
            )
        ]


def common_spans(one: Segmentation, other: Segmentation) -> Int64:
    """Where the common spans end in both lists of tokens, rising (K, 2).

    Span k has the tokens from `ends[k - 1]` (0 for the first) to `ends[k]`. There are as many spans
    as there can be, each is as short as it can be from the left, and together they have all tokens.
    There are none where one of the tokenizers has no tokens.

    Args:
        one: a tokenization.
        other: another one of the same text.
    """
    found: list[tuple[int, int]] = []
    cuts, others = _cuts(one), _cuts(other)
    here = there = 0
    while here < len(cuts) and there < len(others):
        (count, first, last), (other_count, other_first, other_last) = cuts[here], others[there]
        # Both are sorted, so a cut that ends before the other begins meets no later one.
        if last < other_first:
            here += 1
        elif other_last < first:
            there += 1
        else:
            found.append((count, other_count))
            here, there = here + 1, there + 1
    if found:  # what is left of one of them has no partner of its own
        found[-1] = (len(one.ids_N), len(other.ids_N))
    return np.array(found, np.int64).reshape(-1, 2)


def _cuts(tokens: Segmentation) -> list[tuple[int, int, int]]:
    """The edges behind tokens: number of tokens before it, and its first and last character.

    Where characters are not covered, the edge may be at any of them from the first space on.
    """
    text, (starts_N, ends_N) = tokens.text, tokens.offsets_N2.T
    firsts_N = np.maximum.accumulate(ends_N)
    # The least start of all later tokens; behind the last one there is the end of the text.
    lasts_N = np.minimum.accumulate(np.append(starts_N[1:], len(text))[::-1])[::-1]
    counts = np.flatnonzero(firsts_N <= lasts_N)
    return [
        (number + 1, _skipped(text, first, last), last)
        for number, first, last in zip(
            counts.tolist(), firsts_N[counts].tolist(), lasts_N[counts].tolist(), strict=True
        )
    ]


def _skipped(text: str, first: int, last: int) -> int:
    """The first space among characters that no token covers, or their end."""
    if first == last:
        return first
    space = _SPACE.search(text, first, last)
    return last if space is None else space.start()
