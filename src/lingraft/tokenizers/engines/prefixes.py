"""Finds all entries of a vocabulary in a text at once, by arithmetic on arrays.

A tree of prefixes: each node is the beginning of an entry, the root (0) is the empty one. A node
and a character lead to the next node; these steps are in one table, found by a hash.

Shapes: N characters of a text, T entries, S steps.
"""

from collections.abc import Iterator, Sequence
from itertools import count as count_from
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CODE_POINTS = 0x110000
_CODE_BITS = 21  # a code point has no more
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # 2^64 / the golden ratio: Fibonacci hashing
_ROOM = 4  # places in the table for each step
_MISSING = np.int64(-1)


class Found(NamedTuple):
    """What begins at each character of a text."""

    ends_N: NDArray[np.int64]  # where the longest entry ends; the own place if there is none
    nodes_N: NDArray[np.int32]  # its node, 0 if there is none
    singles_N: NDArray[np.bool_]  # whether the character by itself is an entry


class Prefixes:
    """The tree of some entries.

    Args:
        entries: different texts that are not empty.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        codes = code_points("".join(entries)).astype(np.int64)
        lengths_T = np.fromiter(map(len, entries), np.int64, len(entries))
        starts_T = np.cumsum(lengths_T) - lengths_T
        nodes_T = np.zeros(len(entries), np.int64)
        keys: list[NDArray[np.int64]] = []
        self.size = 1
        for depth in range(int(lengths_T.max(initial=0))):
            longer = np.flatnonzero(lengths_T > depth)
            steps = (nodes_T[longer] << _CODE_BITS) | codes[starts_T[longer] + depth]
            order = np.argsort(steps)
            is_new = np.diff(steps[order], prepend=-1) != 0
            nodes_T[longer[order]] = self.size - 1 + np.cumsum(is_new)
            keys.append(steps[order][is_new])
            self.size += len(keys[-1])
        self.nodes_T = nodes_T  # of each entry
        self._is_entry = np.zeros(self.size, bool)
        self._is_entry[nodes_T] = True
        self._is_entry[0] = False
        # The keys in their order: the first leads to node 1. Those of the root are characters.
        keys_S = np.concatenate(keys) if keys else np.empty(0, np.int64)
        later = int(np.searchsorted(keys_S >= 1 << _CODE_BITS, True)) if len(keys_S) else 0
        self._first = np.zeros(CODE_POINTS, np.int32)
        self._first[keys_S[:later]] = np.arange(1, later + 1)
        self._goes_on = np.zeros(self.size, bool)
        self._goes_on[keys_S[later:] >> _CODE_BITS] = True
        self._fill(keys_S[later:], later + 1)

    def _fill(self, keys_S: NDArray[np.int64], first: int) -> None:
        bits = max(4, int(len(keys_S) * _ROOM).bit_length())
        self._shift = np.uint64(64 - bits)
        self._keys = np.full(1 << bits, _MISSING)
        self._nodes = np.zeros(1 << bits, np.int32)
        nodes_S = np.arange(first, first + len(keys_S), dtype=np.int32)
        places_S = self._places(keys_S)
        self._keys[places_S] = keys_S  # the last one stays
        is_there_S = self._keys[places_S] == keys_S
        self._nodes[places_S[is_there_S]] = nodes_S[is_there_S]
        rest = np.flatnonzero(~is_there_S)
        rest = rest[np.argsort(keys_S[rest])]
        self._rest_keys, self._rest_nodes = keys_S[rest], nodes_S[rest]

    def _places(self, keys_S: NDArray[np.int64]) -> NDArray[np.int64]:
        return ((keys_S.view(np.uint64) * _FACTOR) >> self._shift).astype(np.int64)

    def _step(self, keys_N: NDArray[np.int64]) -> NDArray[np.int32]:
        """The node that each step leads to, 0 if there is no such step."""
        places_N = self._places(keys_N)
        there_N = self._keys[places_N]
        nodes_N = self._nodes[places_N]
        is_other_N = there_N != keys_N
        nodes_N[is_other_N] = 0
        if len(self._rest_keys):
            # Another step has the place of this one.
            asked = np.flatnonzero(is_other_N & (there_N != _MISSING))
            found = np.searchsorted(self._rest_keys, keys_N[asked])
            found[found == len(self._rest_keys)] = 0
            right = self._rest_keys[found] == keys_N[asked]
            nodes_N[asked[right]] = self._rest_nodes[found[right]]
        return nodes_N

    def find(self, codes_N: NDArray[np.uint32]) -> Found:
        """The longest entry at each character of a text.

        Args:
            codes_N: its code points.
        """
        nodes_N = self._first[codes_N]
        singles_N = self._is_entry[nodes_N]
        ends_N = np.arange(len(codes_N))
        ends_N += singles_N
        longest_N = np.where(singles_N, nodes_N, 0)
        for depth, places, nodes in self._longer(codes_N, nodes_N):
            ends_N[places] = places + depth
            longest_N[places] = nodes
        return Found(ends_N, longest_N, singles_N)

    def find_all(
        self, codes_N: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Where each entry in a text begins, where it ends, and its node."""
        nodes_N = self._first[codes_N]
        singles = np.flatnonzero(self._is_entry[nodes_N])
        found = [(1, singles, nodes_N[singles]), *self._longer(codes_N, nodes_N)]
        begins = np.concatenate([places for _, places, _ in found])
        ends = np.concatenate([places + depth for depth, places, _ in found])
        return begins, ends, np.concatenate([nodes for _, _, nodes in found])

    def _longer(
        self, codes_N: NDArray[np.uint32], nodes_N: NDArray[np.int32]
    ) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int32]]]:
        """Entries of two characters, of three and so on: where they begin, and their nodes."""
        count = len(codes_N)
        at = np.flatnonzero(self._goes_on[nodes_N])
        nodes = nodes_N[at]
        for depth in count_from(1):
            if len(at) and at[-1] + depth >= count:
                inside = at + depth < count
                at, nodes = at[inside], nodes[inside]
            if not len(at):
                return
            nodes = self._step((nodes.astype(np.int64) << _CODE_BITS) | codes_N[at + depth])
            ended = np.flatnonzero(self._is_entry[nodes])
            yield depth + 1, at[ended], nodes[ended]
            alive = np.flatnonzero(self._goes_on[nodes])
            at, nodes = at[alive], nodes[alive]


def code_points(text: str) -> NDArray[np.uint32]:
    """The code points of a text (N,); halves of surrogate pairs, too."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
