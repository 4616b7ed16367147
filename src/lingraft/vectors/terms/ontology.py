"""Terms that a graph has: of an ontology, the UMLS, WordNet, or a list of edges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from lingraft.vectors.graphs import AnyGraph
from lingraft.vectors.terms.finder import TermFinder, segmented_terms

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs


class OntologyTerms(TermFinder):
    """The words of a graph's edges that have spaces."""

    method: Literal["ontology"]
    graph: AnyGraph
    """The graph, in any format."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """What the graph is read from."""
        return self.graph.made_from

    def find(
        self, lines: Callable[[], Iterator[list[str]]], language: str, given: VectorInputs
    ) -> Iterable[str]:
        """The ends of all edges.

        Raises:
            InputError: the graph is missing or damaged.
        """
        from lingraft.vectors.graphs.graph import GraphInputs

        edges = self.graph.edges(GraphInputs(given))
        names = (name for edge in edges for name in (edge.head, edge.tail) if " " in name)
        return segmented_terms(dict.fromkeys(names), language)
