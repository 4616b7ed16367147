"""The edges of graphs as rows of a word space: looked up, merged, counted.

Legend: P edges, N nodes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64, Int64
from lingraft.numeric.rows import unit_rows
from lingraft.vectors.word_space import Node, WordSpace

_RANDOM_PAIRS = 10_000


class Edge(NamedTuple):
    """Two texts that a graph connects."""

    head: str
    tail: str
    relation: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Edges:
    """Undirected edges between rows, each once; rows from `known` on are words that graphs add."""

    rows_P2: Int64
    weights_P: Float64
    new: list[Node]
    known: int
    counts: dict[str, int]

    @property
    def size(self) -> int:
        """Number of rows, N."""
        return self.known + len(self.new)

    def matrix(self) -> csr_array:
        """The weights (N, N), symmetric."""
        first, second = self.rows_P2.T
        half_NN = csr_array((self.weights_P, (first, second)), shape=(self.size, self.size))
        return csr_array(half_NN + half_NN.T)


def collect(
    edges: Iterable[tuple[Edge, tuple[int, int]]], space: WordSpace, new_words: bool
) -> Edges:
    """Look edges up: those that come twice are one with the larger weight, self-loops are dropped.

    Args:
        edges: each with the sides of its two ends.
        space: the words.
        new_words: words without a vector become nodes; without, edges that have one are dropped.

    Raises:
        InputError: no edge has a word of the vectors.
    """
    counts: Counter[str] = Counter()
    new: dict[Node, int] = {}
    found: dict[tuple[int, int], float] = {}
    touched = False

    def row_of(node: Node) -> int | None:
        row = space.index.get(node)
        if row is None and new_words:
            row = new.setdefault(node, len(space.nodes) + len(new))
        return row

    for edge, sides in edges:
        counts["read"] += 1
        ends = [space.find(*end) for end in zip(sides, (edge.head, edge.tail), strict=True)]
        touched = touched or any(node in space.index for node in ends)
        if ends[0] == ends[1]:
            counts["self_loops"] += 1
            continue
        first, second = map(row_of, ends)
        if first is None or second is None:
            counts["without_a_vector"] += 1
            continue
        key = min(first, second), max(first, second)
        counts["duplicates"] += key in found
        found[key] = max(found.get(key, 0.0), edge.weight)
    if not touched:
        raise InputError(
            f"no edge of the graphs ({counts['read']} were read) has a word of the vectors; are "
            "they of the same language, and is the right side named?"
        )
    counts["used"] = len(found)
    rows_P2 = np.array(list(found), dtype=np.int64).reshape(-1, 2)
    return Edges(rows_P2, np.array(list(found.values())), list(new), len(space.nodes), dict(counts))


def distances(vectors_NE: Float64, edges: Edges, seed: int = 0) -> dict[str, float]:
    """Mean cosine distance of connected words, and of random pairs of them that no edge connects.

    Args:
        vectors_NE: vectors of all words that had one before.
        edges: only those between these words count.
        seed: of the random pairs.
    """
    rows_P2 = edges.rows_P2[(edges.rows_P2 < edges.known).all(axis=1)]
    if len(rows_P2) == 0:
        return {}
    connected = {(int(first), int(second)) for first, second in rows_P2}
    drawn_P2 = np.random.default_rng(seed).choice(np.unique(rows_P2), (_RANDOM_PAIRS, 2))
    apart = [pair for pair in np.sort(drawn_P2).tolist() if tuple(pair) not in connected]
    apart_P2 = np.array([pair for pair in apart if pair[0] != pair[1]]).reshape(-1, 2)
    unit_NE = unit_rows(vectors_NE)
    found = {"connected": _mean_distance(unit_NE, rows_P2)}
    return found | ({"unconnected": _mean_distance(unit_NE, apart_P2)} if len(apart_P2) else {})


def _mean_distance(unit_NE: Float64, rows_P2: Int64) -> float:
    first, second = rows_P2.T
    # Row by row: einsum makes no product of all pairs.
    return float(1 - np.einsum("pe,pe->p", unit_NE[first], unit_NE[second]).mean())


def before_and_after(
    before_NE: Float64, after_NE: Float64, edges: Edges
) -> dict[str, dict[str, Any]]:
    """The counts of the edges, and the distances of words before and after they moved."""
    return {
        "edges": edges.counts | {"new_words": len(edges.new)},
        "distance_before": distances(before_NE, edges),
        "distance_after": distances(after_NE[: edges.known], edges),
    }
