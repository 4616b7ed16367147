"""Names and keywords of symbols in the Unicode CLDR: words of one language that go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from lingraft.vectors.graphs.graph import DownloadedGraph, GraphInputs, related

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge


class CldrGraph(DownloadedGraph):
    """The name of each symbol with its keywords, as `keyword`, in one locale of the Unicode CLDR.

    The download is the npm package cldr-annotations-full.
    """

    format: Literal["cldr-annotations"]
    locale: str
    """CLDR locale, e.g. sw."""

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield the name of each symbol with each of its keywords.

        Raises:
            InputError: the download has no annotations of the locale, or they are damaged.
        """
        from lingraft.vectors.dictionaries.cldr import read_annotations

        annotations = read_annotations(inputs.given.download(self.source), self.locale)
        for name, keywords in annotations.values():
            yield from related([name], keywords, "keyword")
