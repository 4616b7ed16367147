"""A token as the pieces into which the source tokenizer cuts it, or a smaller one would.

A source tokenizer writes its own tokens as one piece each, so that nothing could be learned from
them. A lesson therefore samples a tokenizer: the source's without a random part of its vocabulary.
Every token of that part has pieces in it, and a row to learn.
"""

from collections.abc import Sequence

import numpy as np

from lingraft.initialization.evidence.pieces import informative, pieces_of_tokens, split_tokens
from lingraft.initialization.networks.reader import Lists, TokenLesson, TokenReader, with_lists
from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Int64
from lingraft.tokenizers.token_table import TokenTable


class PieceReader(TokenReader):
    """Source ids of a token's pieces; special tokens and pieces without a row are left out."""

    def __init__(self, request: Request, dropped: tuple[float, float] = (0.0, 0.0)) -> None:
        """Read by a source tokenizer.

        Args:
            request: with the source's vocabulary.
            dropped: smallest and largest share of the training tokens that a sampled tokenizer
                does not have.
        """
        super().__init__(request)
        self._dropped = dropped

    def of_tokens(self, table: TokenTable, rows_N: Int64) -> Lists:
        """The pieces of each token's text."""
        return informative(
            self.request, pieces_of_tokens(self.request.source, table, rows_N.tolist())
        )

    def of_texts(self, texts: Sequence[str]) -> Lists:
        """The pieces of each text."""
        return informative(self.request, split_tokens(self.request.source, texts))

    def of_texts_without(self, texts: Sequence[str], missing_M: Int64) -> Lists:
        """The pieces of each text where the vocabulary does not have these tokens."""
        cut = split_tokens(self.request.source, texts, self._tokens(missing_M))
        return self._known(cut, missing_M)

    def of_unseen(self, rows_N: Int64) -> Lists:
        """The pieces of source tokens where all of these are missing from the vocabulary."""
        return self._without(rows_N, rows_N)

    def lesson(self, rows_N: Int64, held_out_M: Int64, draw: np.random.Generator) -> TokenLesson:
        """The tokens that a sampled tokenizer does not have, and their pieces in it."""
        share = draw.uniform(*self._dropped)
        count = min(len(rows_N), max(1, round(share * len(rows_N))))
        chosen_N = np.sort(draw.choice(rows_N, count, replace=False))
        return with_lists(chosen_N, self._without(chosen_N, np.union1d(chosen_N, held_out_M)))

    def _without(self, rows_N: Int64, missing_M: Int64) -> Lists:
        source = self.request.source
        cut = pieces_of_tokens(source, source, rows_N.tolist(), self._tokens(missing_M))
        return self._known(cut, missing_M)

    def _tokens(self, rows_M: Int64) -> set[str]:
        return {self.request.source.tokens[row] for row in rows_M}

    def _known(self, cut: Lists, missing_M: Int64) -> Lists:
        """Pieces that have a row; none where a text was cut into missing ones."""
        pieces = informative(self.request, cut)
        unused = set(missing_M.tolist())
        # A Unigram model takes a dropped piece where nothing else fits: such a token is not known.
        return [each if unused.isdisjoint(each) else [] for each in pieces]
