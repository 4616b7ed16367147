"""Words and their nearest words in the plane, of one set or of both sides of an alignment.

Legend: N words of the space, M words of the graph, E dimension, Q words that are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.word_space import Node, WordSpace

_ROUNDS = 300  # of the layout


@dataclass(frozen=True)
class NeighborGraph:
    """Words in the plane.

    Args:
        nodes: side (0 source, 1 target) and word; those that were asked for come first.
        asked: how many were asked for.
        edges: positions of two nodes, and the cosine of their vectors.
        places_M2: between -1 and 1.
        absent: words that were asked for and have no vector.
    """

    nodes: list[Node]
    asked: int
    edges: list[tuple[int, int, float]]
    places_M2: Float64
    absent: list[str]


def neighbor_graph(space: WordSpace, words: Sequence[str], neighbors: int) -> NeighborGraph:
    """The graph of words and of their nearest words on every side.

    Args:
        space: the words of one set, or of both sides of an alignment.
        words: of the (source) language; those that have no vector are left out.
        neighbors: nearest words of each, on each side.

    Raises:
        InputError: none of the words has a vector.
    """
    asked = [node for word in words if (node := space.find(0, word)) in space.index]
    nodes = dict.fromkeys(asked)
    if not nodes:
        raise InputError(f"none of {', '.join(words)} has a vector")
    queries = list(nodes)
    unit_NE = unit_rows(space.vectors_NE)
    side_N = np.array([side for side, _ in space.nodes])
    edges: dict[tuple[Node, Node], float] = {}
    for query in queries:
        row = space.index[query]
        cosine_N = unit_NE @ unit_NE[row]
        cosine_N[row] = -np.inf
        for side in range(len(space.sides)):
            own = np.flatnonzero(side_N == side)
            for other in own[np.argsort(-cosine_N[own], kind="stable")[:neighbors]]:
                node = space.nodes[other]
                nodes.setdefault(node)
                edges.setdefault((min(query, node), max(query, node)), float(cosine_N[other]))
    place = {node: number for number, node in enumerate(nodes)}
    found = [(place[first], place[second], cosine) for (first, second), cosine in edges.items()]
    absent = [word for word in words if space.find(0, word) not in space.index]
    places_M2 = _layout(len(nodes), found)
    return NeighborGraph(list(nodes), len(queries), found, places_M2, absent)


def _layout(size: int, edges: Sequence[tuple[int, int, float]]) -> Float64:
    """Places (M, 2): edges pull, all words push (Fruchterman and Reingold, 1991)."""
    places_M2 = np.random.default_rng(0).uniform(-1, 1, (size, 2))
    weights_MM = np.zeros((size, size))
    for first, second, _ in edges:
        weights_MM[first, second] = weights_MM[second, first] = 1
    ideal = 2 / np.sqrt(size)
    for step in np.linspace(0.2, 0.002, _ROUNDS):
        apart_MM2 = places_M2[:, None] - places_M2[None]
        distance_MM = np.maximum(np.linalg.norm(apart_MM2, axis=2), 1e-3)
        force_MM = ideal**2 / distance_MM**2 - weights_MM * distance_MM / ideal
        move_M2 = (apart_MM2 * force_MM[:, :, None]).sum(axis=1) - 0.3 * places_M2
        length_M1 = np.maximum(np.linalg.norm(move_M2, axis=1, keepdims=True), 1e-9)
        places_M2 = places_M2 + move_M2 / length_M1 * np.minimum(length_M1, step)
    places_M2 = places_M2 - places_M2.mean(axis=0)
    return np.asarray(places_M2 / max(float(np.abs(places_M2).max()), 1e-9))
