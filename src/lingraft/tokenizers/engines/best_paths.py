"""Unigram's best paths through many pieces at once, where they are the same inside of any text.

The score of a path is the sum of its tokens' scores; the best path is found by dynamic programming
(Viterbi), one character of all pieces after the other. The tokenizers library adds the same scores
to those of what is before a piece, and rounds the sums. So a path is certain only if no two ways to
reach one of the characters are nearly equal; other pieces are ties, and the library must be asked.

Shapes: N characters of pieces, W ways (a token between two characters), P pieces, K ids.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.engines.engine import EncodedTexts, Unsuited
from lingraft.tokenizers.engines.prefixes import Prefixes, code_points
from lingraft.tokenizers.locality import METASPACE

GAP = 1e-5  # of logarithms of probabilities: smaller differences are ties
_LONGEST = 24  # characters of a piece; a longer one counts as a tie, so that there are few steps
_ROUNDING = 2.0**-52  # of one addition, relative to the sum
_UNKNOWN_PENALTY = 10.0  # below the worst score, in the tokenizers library


class BestPaths:
    """The best paths of one Unigram model.

    Args:
        state: the model as `tokenizers` saves it. A piece has the sign for a space only at its
            beginning.
        never: tokens that are in no text, such as special ones.

    Raises:
        Unsuited: the model has no unknown token, writes unknown characters as bytes, or may take
            them for another token.
    """

    def __init__(self, state: dict[str, Any], never: list[str]) -> None:
        if state["unk_id"] is None or state.get("byte_fallback"):
            raise Unsuited("its unknown characters are not one token")
        unknown_token: str = state["vocab"][state["unk_id"]][0]
        self._unknown = min(score for _, score in state["vocab"]) - _UNKNOWN_PENALTY
        # With a score above 0, two of them may be better than a token of both, which they become.
        if not unknown_token or {METASPACE, "\0"} & {*unknown_token} or self._unknown > 0:
            raise Unsuited("its unknown characters may be another token")
        entries = {token: (index, score) for index, (token, score) in enumerate(state["vocab"])}
        usable = [token for token in entries if token and METASPACE not in token[1:]]
        usable = [token for token in usable if "\0" not in token]
        self.prefixes = Prefixes(usable)
        self._unknown_id: int = state["unk_id"]
        ids, scores = zip(*[entries[token] for token in usable], strict=True)
        self._ids = np.zeros(self.prefixes.size, np.uint32)
        self._scores = np.zeros(self.prefixes.size)
        self._ids[self.prefixes.nodes_T], self._scores[self.prefixes.nodes_T] = ids, scores
        usual = [abs(entries[token][1]) for token in entries.keys() - never]
        self._largest = max([1.0, *usual])

    def trusts(self, lengths_D: NDArray[Any], unknowns_D: NDArray[Any]) -> NDArray[np.bool_]:
        """Whether the sums of scores in texts are rounded by less than `GAP` (D,).

        Args:
            lengths_D: their lengths in characters.
            unknowns_D: how many characters of them are unknown.
        """
        sums_D = self._largest * lengths_D + abs(self._unknown) * unknowns_D
        trusted: NDArray[np.bool_] = lengths_D * sums_D * _ROUNDING < GAP / 4
        return trusted

    def encode(self, pieces: list[str]) -> tuple[EncodedTexts, NDArray[np.bool_]]:
        """The ids of pieces that are not empty, and which pieces are ties (P,): they have no ids.

        Args:
            pieces: without NUL.
        """
        lengths_P = np.fromiter(map(len, pieces), np.int64, len(pieces))
        is_tie_P = lengths_P > _LONGEST
        pieces = [piece for piece in pieces if len(piece) <= _LONGEST]
        if not pieces:
            return EncodedTexts.of([b""] * len(is_tie_P)), is_tie_P
        short = np.flatnonzero(~is_tie_P)
        lengths_P = lengths_P[short]
        codes_N = code_points("\0".join(pieces) + "\0")  # no token has NUL
        starts_P = np.cumsum(lengths_P + 1) - (lengths_P + 1)
        owners_N = np.repeat(np.arange(len(pieces)), lengths_P + 1)
        froms_N, ids_N, tied = self._walk(codes_N, starts_P, owners_N)
        is_tie_P[short[tied]] = True
        encoded = self._back(starts_P, starts_P + lengths_P, froms_N, ids_N)
        is_own = ~is_tie_P[short]
        counts = np.zeros(len(is_tie_P), np.int64)
        counts[short[is_own]] = encoded.lengths_D[is_own]
        return EncodedTexts(encoded.chosen(is_own).ids_N, counts), is_tie_P

    def _walk(
        self, codes_N: NDArray[np.uint32], starts_P: NDArray[Any], owners_N: NDArray[Any]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.int64]]:
        """From where each character is reached on the best way, by which id, and ties' pieces."""
        froms, tos, ids, scores = self._ways(codes_N)
        # By place in the piece, then by piece.
        places = tos - starts_P[owners_N[froms]]
        order = np.argsort(places * len(codes_N) + tos, kind="stable")
        froms, tos, ids, scores = froms[order], tos[order], ids[order], scores[order]
        bounds = np.flatnonzero(np.diff(places[order], prepend=0, append=_LONGEST + 1))
        best_N = np.full(len(codes_N), -np.inf)
        best_N[starts_P] = 0
        froms_N, ids_N = np.zeros(len(codes_N), np.int64), np.zeros(len(codes_N), np.uint32)
        tied: list[NDArray[np.int64]] = []
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            ways, here = best_N[froms[begin:end]] + scores[begin:end], tos[begin:end]
            groups = np.flatnonzero(np.diff(here, prepend=-1))
            most = np.maximum.reduceat(ways, groups)
            best_N[here[groups]] = most
            sizes = np.diff(groups, append=len(here))
            best = np.repeat(most, sizes)
            near = np.add.reduceat(ways > best - GAP, groups, dtype=np.int64)
            tied.append(owners_N[here[groups[near > 1]] - 1])
            chosen = np.flatnonzero(ways == best)
            froms_N[here[chosen]] = froms[begin + chosen]
            ids_N[here[chosen]] = ids[begin + chosen]
        return froms_N, ids_N, np.concatenate(tied)

    def _ways(self, codes_N: NDArray[np.uint32]) -> tuple[NDArray[Any], ...]:
        """Between which characters a token fits, or an unknown one, its id and its score (W,)."""
        froms, tos, nodes = self.prefixes.find_all(codes_N)
        is_known_N = codes_N == 0
        is_known_N[froms[tos == froms + 1]] = True
        unknown = np.flatnonzero(~is_known_N)
        return (
            np.append(froms, unknown),
            np.append(tos, unknown + 1),
            np.append(self._ids[nodes], np.full(len(unknown), self._unknown_id, np.uint32)),
            np.append(self._scores[nodes], np.full(len(unknown), self._unknown)),
        )

    def _back(
        self,
        starts_P: NDArray[np.int64],
        ends_P: NDArray[np.int64],
        froms_N: NDArray[np.int64],
        ids_N: NDArray[np.uint32],
    ) -> EncodedTexts:
        """The ids on the ways back from the ends of pieces."""
        is_on_way_N = np.zeros(len(froms_N), bool)
        at, starts = ends_P, starts_P
        while len(at):
            is_on_way_N[at] = True
            at = froms_N[at]
            is_open = at > starts
            at, starts = at[is_open], starts[is_open]
        # Unknown characters beside each other are one token.
        is_unknown_N = is_on_way_N & (ids_N == self._unknown_id)
        is_on_way_N &= ~(is_unknown_N & is_unknown_N[froms_N])
        counts_P = np.add.reduceat(is_on_way_N, starts_P, dtype=np.int64)
        return EncodedTexts(ids_N[is_on_way_N], counts_P)
