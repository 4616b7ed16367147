"""Text near a sample by the difference of two cross-entropies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import PositiveInt

from lingraft.corpus.selectors.selector import Selector, Texts

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float64


class CrossEntropyDifference(Selector):
    """Documents whose n-grams the sample has more often than the corpus has (Moore and Lewis 2010,
    with hashed n-grams as Xie et al. 2023)."""

    method: Literal["cross-entropy-difference"]

    longest_ngram: PositiveInt = 2
    """N-grams of one word up to so many."""

    buckets: PositiveInt = 10_000
    """Numbers that n-grams are hashed to."""

    def scores(self, sample: Sequence[str], texts: Texts, language: str) -> Float64:
        """The mean log-ratio of a document's n-grams.

        Raises:
            InputError: the sample has no word.
        """
        from lingraft.corpus.selection.ngram_ratios import ngram_ratios

        return ngram_ratios(sample, texts, language, self.longest_ngram, self.buckets)
