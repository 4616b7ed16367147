"""Terms by normalized pointwise mutual information (Bouma, 2009)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from lingraft.vectors.terms.finder import CountedTerms

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs


class NpmiTerms(CountedTerms):
    """Words that stand together more often than by chance."""

    method: Literal["npmi"]
    threshold: Annotated[float, Field(ge=-1, le=1)] = 0.5
    """Smallest NPMI of a term: 0 for chance, 1 for words that are never apart."""

    def find(
        self, lines: Callable[[], Iterator[list[str]]], language: str, given: VectorInputs
    ) -> Iterable[str]:
        """The terms of the text."""
        from lingraft.vectors.term_extraction import by_npmi

        return by_npmi(lines, self.minimum_count, self.threshold, self.longest)
