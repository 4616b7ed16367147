"""Tokens without translation counts, from similar target tokens that have some.

Shapes: T target vocabulary, S source rows.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array

from lingraft.numeric import sparse
from lingraft.tokenizers.token_table import TokenTable


def smooth(target: TokenTable, weights_TS: csr_array) -> csr_array:
    """Fill empty rows with the sum of the rows of related tokens (Remy et al. 2024, section 3.3).

    Related are tokens that begin with the token, and tokens that it contains and that lie in no
    longer such token. Only tokens with a row of their own are used, so the order does not matter.
    """
    filled_T = sparse.row_support(weights_TS) > 0
    relatives = Relatives.of(target.canonical, np.flatnonzero(filled_T).tolist())
    rows, columns = [], []
    for token in np.flatnonzero(target.present_T & ~filled_T & ~target.special_T).tolist():
        for relative in relatives.related(target.canonical[token]):
            rows.append(token)
            columns.append(relative)
    size = len(target)
    # Row t of `spread_TT` marks the relatives of an empty row t, and the product adds up their
    # rows. Rows of their own stay, because they have no marks.
    spread_TT = csr_array((np.ones(len(rows)), (rows, columns)), shape=(size, size))
    return sparse.canonical(csr_array(weights_TS + spread_TT @ weights_TS))


class Relatives:
    """Looks up tokens by prefix and by substring; tokens may be added."""

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = dict(ids)
        self._sorted = sorted(self._ids)

    @classmethod
    def of(cls, texts: Sequence[str], tokens: Sequence[int]) -> "Relatives":
        """Look up `tokens` by their `texts`; of equal texts the first counts."""
        # A dict keeps the last of equal keys: reversed, that is the first token.
        return cls({texts[token]: token for token in reversed(tokens) if texts[token]})

    def add(self, text: str, token: int) -> None:
        """Make one more token known."""
        position = bisect_left(self._sorted, text)
        self._sorted.insert(position, text)
        self._ids[text] = token

    def related(self, text: str) -> Iterator[int]:
        """Tokens that begin with `text`, then the longest tokens inside it, from left to right."""
        if not text:
            return
        yield from (self._ids[other] for other in self.beginning_with(text))
        yield from (self._ids[other] for other in self.inside(text))

    def beginning_with(self, text: str) -> Iterator[str]:
        """Known texts that begin with `text`."""
        # In sorted order the texts with one beginning follow each other.
        for other in self._sorted[bisect_left(self._sorted, text) :]:
            if not other.startswith(text):
                return
            yield other

    def inside(self, text: str) -> list[str]:
        """Known texts within `text` that are no part of a longer known text within it."""
        parts = {
            text[start:end]
            for start in range(len(text))
            for end in range(start + 1, len(text) + 1)
            if text[start:end] in self._ids
        }
        covered = {part for part in parts for other in parts if part != other and part in other}
        return sorted(parts - covered, key=text.index)
