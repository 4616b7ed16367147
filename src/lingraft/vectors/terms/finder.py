"""What every way to find terms has: settings, and a method that names the terms of a text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, PositiveInt

from lingraft.config.base import Block

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs


class TermFinder(Block):
    """Terms of several words that are words of their own for the vectors."""

    method: str
    """How terms are found."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of what it reads beside the text."""
        return ()

    def find(
        self, lines: Callable[[], Iterator[list[str]]], language: str, given: VectorInputs
    ) -> Iterable[str]:
        """The terms, with single spaces between their words; single words among them are ignored.

        Args:
            lines: the words of each line of the text, folded as the vectors' are.
            language: as in swh_Latn; decides the segmentation of terms that a file has.
            given: the folders of what `made_from` names.

        Raises:
            InputError: a file of terms is missing or damaged.
        """
        raise NotImplementedError


class CountedTerms(TermFinder):
    """Terms that are found in the text by counting."""

    minimum_count: PositiveInt = 10
    """A term occurs at least so often."""
    longest: Annotated[int, Field(ge=2, le=8)] = 4
    """Words that a term may have."""


def segmented_terms(texts: Iterable[str], language: str) -> Iterator[str]:
    """Texts as terms: segmented as the vectors' text is.

    Args:
        texts: names, phrases, words.
        language: as in swh_Latn.
    """
    from lingraft.corpus.words import split_words

    for text in texts:
        yield " ".join(split_words(text, language))
