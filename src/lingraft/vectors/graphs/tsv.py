"""Edges as text: two words, and optionally a weight and a relation, split by tabs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from lingraft.config.patterns import Pattern
from lingraft.errors import InputError
from lingraft.vectors.graphs.graph import DownloadedGraph, GraphInputs

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge


class TsvGraph(DownloadedGraph):
    """A text file with an edge on each line: word, word, weight, relation, split by tabs.

    The last two may be missing.
    """

    format: Literal["tsv"]
    path: Pattern
    """The file inside the download."""

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield the lines.

        Raises:
            InputError: the file does not exist, or a line of it is not an edge.
        """
        from lingraft.vectors.graph_files import table

        path = inputs.given.download(self.source) / self.path
        for place, columns in table(path, "\t"):
            yield _edge(columns, place)


def _edge(columns: list[str], place: str) -> Edge:
    from lingraft.vectors.edges import Edge

    if not 2 <= len(columns) <= 4 or not all(columns[:2]):
        raise InputError(
            f"{place} is not an edge: two words, then perhaps a weight and a relation, with tabs"
        )
    head, tail, *rest = columns
    try:
        weight = float(rest[0]) if rest and rest[0] else 1.0
    except ValueError:
        raise InputError(f"{place}: the weight {rest[0]!r} is not a number") from None
    if not 0 < weight < float("inf"):
        raise InputError(f"{place}: the weight is {weight}; it must be positive and finite")
    return Edge(head, tail, rest[1] if len(rest) == 2 else "", weight)
