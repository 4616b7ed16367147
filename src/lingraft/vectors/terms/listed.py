"""Terms of a list, one a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from lingraft.config.base import Name
from lingraft.config.patterns import Pattern
from lingraft.vectors.terms.finder import TermFinder, segmented_terms

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs


class ListedTerms(TermFinder):
    """Terms of a file, one a line; columns behind a tab are ignored."""

    method: Literal["list"]
    source: Name
    """The source (download) with the file."""
    path: Pattern
    """The file inside the download."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)

    def find(
        self, lines: Callable[[], Iterator[list[str]]], language: str, given: VectorInputs
    ) -> Iterable[str]:
        """The lines of the file.

        Raises:
            InputError: it does not exist, or is not UTF-8.
        """
        from lingraft.vectors.graph_files import table

        path = given.download(self.source) / self.path
        return segmented_terms((columns[0] for _, columns in table(path, "\t")), language)
