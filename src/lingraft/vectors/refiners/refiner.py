"""What every way to refine vectors has: settings, and a method that moves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from lingraft.config.base import Block
from lingraft.vectors.graphs import AnyGraph

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edges
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class Refiner(Block):
    """A change of vectors that were made already."""

    name: str
    """How the vectors are changed."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of what it reads beside the vectors."""
        return ()

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words with other vectors.

        Args:
            space: the words of one set, or of both sides of an alignment.
            given: the folders of what `made_from` names.

        Raises:
            ConfigError: a graph is of two languages, and the vectors are of one.
            InputError: a graph is not usable, or the options do not fit the vectors.
        """
        raise NotImplementedError


class GraphRefiner(Refiner):
    """A change by graphs: words that an edge connects come closer."""

    graphs: Annotated[list[AnyGraph], Field(min_length=1)]
    """The graphs; an edge that two have counts once, with the larger weight."""
    new_words: bool = True
    """Words of the graphs that have no vector get one, from their neighbors."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """What the graphs are read from."""
        return tuple(name for graph in self.graphs for name in graph.made_from)

    def pulled(
        self, space: WordSpace, given: VectorInputs, firmness: float, *, by_degree: bool
    ) -> WordSpace:
        """The minimum of `lingraft.vectors.attraction.pull` on vectors of unit length."""
        from lingraft.vectors.attraction import pull

        space = unit_length(space)
        edges = read_edges(self.graphs, space, given, self.new_words)
        moved_NE, edges = pull(space.vectors_NE, edges, firmness, by_degree=by_degree)
        return moved(space, moved_NE, edges, {"name": self.name})


def unit_length(space: WordSpace) -> WordSpace:
    """The space with every vector at unit length, which the facts do not mention."""
    from dataclasses import replace

    from lingraft.vectors.transformation import AffineStep

    step = AffineStep.to_unit_length(space.vectors_NE.shape[1])
    return replace(space.transformed(step, {}), facts=space.facts)


def read_edges(
    graphs: list[Any], space: WordSpace, given: VectorInputs, new_words: bool = False
) -> Edges:
    """The edges of graphs between the words of a space.

    Args:
        graphs: in any order.
        space: the words.
        given: the folders of what the graphs are read from.
        new_words: words without a vector become nodes, too.

    Raises:
        ConfigError: a graph is of two languages, and the vectors are of one.
        InputError: a graph is damaged, or has no word of the vectors.
    """
    from lingraft.vectors.edges import collect
    from lingraft.vectors.graphs.graph import GraphInputs

    inputs = GraphInputs(given, space.sides)
    edges = ((edge, graph.ends) for graph in graphs for edge in graph.edges(inputs))
    return collect(edges, space, new_words)


def moved(space: WordSpace, vectors_NE: Any, edges: Edges, facts: Mapping[str, Any]) -> WordSpace:
    """The space with the vectors that edges gave, and what metrics.json says of them.

    Args:
        space: the words as they were.
        vectors_NE: of these words, and of the new ones of the edges.
        edges: those that were used; words that they connect across languages are translated.
        facts: what else to say.
    """
    from dataclasses import replace

    from lingraft.vectors.edges import before_and_after

    told = {**facts, **before_and_after(space.vectors_NE, vectors_NE, edges)}
    result = space.moved(vectors_NE, told, edges.new)
    pairs = [[result.nodes[row] for row in ends] for ends in edges.rows_P2]
    across = {node for pair in pairs if pair[0][0] != pair[1][0] for node in pair}
    return replace(result, translated=space.translated | across)
