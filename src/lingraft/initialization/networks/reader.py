"""How a generator reads a token: as a list of numbers that its network looks up.

Shapes: N tokens, R rows of a table, E dimensions of its vectors.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Float32, Int64
from lingraft.tokenizers.token_table import TokenTable

Lists = list[list[int]]
"""For each token what is known of it, the first first; an empty list where nothing is."""


@dataclass(frozen=True, eq=False)
class TokenLesson:
    """Rows of which something is known, and the list to make each of."""

    rows_N: Int64
    lists: Lists


class TokenReader(ABC):
    """Reads tokens of the source, of a target vocabulary, and texts that are no tokens yet."""

    def __init__(self, request: Request) -> None:
        """Read for a source model.

        Args:
            request: with its vocabulary and matrices, and the evidence.
        """
        self.request = request

    @property
    def table_RE(self) -> Float32:
        """The vectors that the evidence has for the numbers of a list; none where a network learns
        them, or has the source's own rows."""
        return np.empty((0, 0), np.float32)

    @property
    def evidence_digest(self) -> str:
        """Names the evidence that tokens are described by; empty where there is none."""
        return ""

    @abstractmethod
    def of_tokens(self, table: TokenTable, rows_N: Int64) -> Lists:
        """The lists of tokens of the target, or of the source itself."""

    @abstractmethod
    def of_texts(self, texts: Sequence[str]) -> Lists:
        """The lists of texts; a leading space says that a word begins."""

    def of_texts_without(self, texts: Sequence[str], missing_M: Int64) -> Lists:
        """The lists of texts, as if the source's vocabulary did not have these tokens."""
        return self.of_texts(texts)

    def of_unseen(self, rows_N: Int64) -> Lists:
        """The lists of tokens of the source, as if its vocabulary did not have these."""
        return self.of_tokens(self.request.source, rows_N)

    def lesson(self, rows_N: Int64, held_out_M: Int64, draw: np.random.Generator) -> TokenLesson:
        """What one pass over the training tokens shows.

        Args:
            rows_N: source rows to learn from.
            held_out_M: source rows that no list may be made of.
            draw: of what is sampled.
        """
        return with_lists(rows_N, self.of_tokens(self.request.source, rows_N))


def with_lists(rows_N: Int64, lists: Lists) -> TokenLesson:
    """The rows of which something is known, and their lists."""
    known_N = np.array([bool(each) for each in lists], bool)
    return TokenLesson(rows_N[known_N], [each for each in lists if each])
