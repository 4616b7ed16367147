"""Terms by C-value (Frantzi, Ananiadou and Mima, 2000)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import NonNegativeFloat, NonNegativeInt

from lingraft.vectors.terms.finder import CountedTerms

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs


class CValueTerms(CountedTerms):
    """Frequent word sequences, without those that mostly occur inside of longer ones."""

    method: Literal["c-value"]
    threshold: NonNegativeFloat = 20.0
    """Smallest C-value of a term: for two words, how often it occurs by itself."""
    stop_words: NonNegativeInt = 100
    """A term neither begins nor ends with one of so many most frequent words."""

    def find(
        self, lines: Callable[[], Iterator[list[str]]], language: str, given: VectorInputs
    ) -> Iterable[str]:
        """The terms of the text."""
        from lingraft.vectors.term_extraction import by_c_value

        options = self.minimum_count, self.threshold, self.longest, self.stop_words
        return by_c_value(lines, *options)
