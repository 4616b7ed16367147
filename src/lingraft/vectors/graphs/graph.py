"""What every format of graphs has: settings, and a method that reads its edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Literal

from pydantic import PositiveFloat

from lingraft.config.base import Block, Name

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.vectorset import VectorSet


@dataclass(frozen=True)
class GraphInputs:
    """What graphs are read from: folders by name, and the vocabularies, one or two of them."""

    given: VectorInputs
    sides: tuple[VectorSet, ...] = ()


class WordGraph(Block):
    """Words and terms that are connected, by relations that have names."""

    format: str
    """Format of the graph."""
    side: Literal["source", "target"] = "source"
    """Of vectors that are refined across languages: the side whose words the graph has."""
    weight: PositiveFloat = 1.0
    """Weight of every edge of this graph."""
    relations: dict[str, PositiveFloat] | None = None
    """The relations that count, each with its weight, such as `{synonym: 1, hypernym: 0.5}`.
    Unset: all, with weight 1."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of what it is read from."""
        return ()

    @property
    def ends(self) -> tuple[int, int]:
        """The side of the first and of the second end of an edge: 0 source, 1 target."""
        side = 1 if self.side == "target" else 0
        return side, side

    def edges(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield the edges whose relation counts, with their weights.

        Raises:
            ConfigError: the graph is of a side that the vectors do not have.
            InputError: the graph is missing or damaged.
        """
        from lingraft.errors import ConfigError

        if inputs.sides and max(self.ends) >= len(inputs.sides):
            raise ConfigError(
                f"a graph ({self.format}) needs the words of two languages; refine an `alignment`, "
                "or give it no `side`"
            )
        for edge in self.read(inputs):
            by = 1.0 if self.relations is None else self.relations.get(edge.relation)
            if by is not None:
                yield edge._replace(weight=edge.weight * by * self.weight)

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield all edges as the file has them, loops and duplicates included.

        Raises:
            InputError: the graph is missing or damaged.
        """
        raise NotImplementedError


class DownloadedGraph(WordGraph):
    """A graph in the files of a download."""

    source: Name
    """The source (download) with the graph."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)


def synonyms(names: Iterable[str]) -> Iterator[Edge]:
    """Each pair of the names of one concept, as `synonym`."""
    from lingraft.vectors.edges import Edge

    for head, tail in combinations(dict.fromkeys(names), 2):
        yield Edge(head, tail, "synonym")


def related(heads: Iterable[str], tails: Iterable[str], relation: str) -> Iterator[Edge]:
    """Each name of one concept with each name of another."""
    from lingraft.vectors.edges import Edge

    for head, tail in product(heads, tails):
        yield Edge(head, tail, relation)
