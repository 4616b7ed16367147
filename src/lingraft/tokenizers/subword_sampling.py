"""Segmentations of a word drawn at random: BPE-dropout, and subword regularization of Unigram.

Both draw exactly from the distribution of their paper, from a generator that is given: the
libraries' own samplers take their numbers from the clock, so no training could be repeated.
"""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from random import Random
from typing import Any, Protocol

from lingraft.errors import ConfigError
from lingraft.tokenizers.pretokens import never_merged

_WORDS = 1 << 16  # whose segmentations are kept


class WordSampler(Protocol):
    """Cuts a pre-token, as the tokenizer's pre-tokenizer writes it, into tokens of its own."""

    def knows(self, word: str, ids: list[int]) -> bool:
        """Whether `ids`, what the tokenizer makes of the word, is among the segmentations."""

    def sample(self, word: str, generator: Random) -> list[int]:
        """The ids of a segmentation."""


class BpeDropout:
    """Each merge that is possible is left out with a probability, anew before each merge, and of
    the others the earliest learned is made, until none is left (Provilkov et al. 2020, section 3).

    Args:
        backend: a `tokenizers.Tokenizer` with a BPE model.
        probability: 0 gives the tokenizer's own tokens, 1 single characters or bytes.

    Raises:
        ConfigError: its model is of another kind.
    """

    def __init__(self, backend: Any, probability: float) -> None:
        state = _state(backend, "BPE", "bpe_dropout")
        self._probability = probability
        self._ids: Mapping[str, int] = state["vocab"]
        self._prefix = state.get("continuing_subword_prefix") or ""
        self._suffix = state.get("end_of_word_suffix") or ""
        # (left, right) -> (rank, id of both together)
        self._merges: dict[tuple[int, int], tuple[int, int]] = {}
        for rank, (left, right) in enumerate(state["merges"]):
            together = self._ids[left + right.removeprefix(self._prefix)]
            self._merges[self._ids[left], self._ids[right]] = rank, together

    def knows(self, word: str, ids: list[int]) -> bool:
        """Whether all merges together give `ids`: not of words with unknown characters, or that
        the model takes whole without their merges."""
        known = all(symbol in self._ids for symbol in self._symbols(word))
        return known and self._merge(word, 0.0, Random(0)) == ids

    def sample(self, word: str, generator: Random) -> list[int]:
        """The ids that are left when no merge is, or each was left out."""
        return self._merge(word, self._probability, generator)

    def _merge(self, word: str, probability: float, generator: Random) -> list[int]:
        ids = [self._ids[symbol] for symbol in self._symbols(word)]
        while True:
            possible = sorted(
                (*self._merges[pair], place)
                for place in range(len(ids) - 1)
                if (pair := (ids[place], ids[place + 1])) in self._merges
            )
            # Those behind the first that is kept need no draw: they are not made now.
            for _, together, place in possible:
                if generator.random() >= probability:
                    ids[place : place + 2] = [together]
                    break
            else:
                return ids

    def _symbols(self, word: str) -> list[str]:
        symbols = [*word[:1], *(self._prefix + character for character in word[1:])]
        if self._suffix:
            symbols[-1] += self._suffix
        return symbols


class UnigramSampling:
    """Segmentations in proportion to their probability to the power `exponent`, over all that the
    vocabulary has (Kudo 2018, equation 8 with l = infinity): forward filtering, backward sampling.

    Args:
        backend: a `tokenizers.Tokenizer` with a Unigram model.
        exponent: alpha of the paper; 0 draws all segmentations alike.

    Raises:
        ConfigError: its model is of another kind.
    """

    def __init__(self, backend: Any, exponent: float) -> None:
        state = _state(backend, "Unigram", "subword_sampling")
        alone = never_merged(backend)
        self._pieces = {
            piece: (index, exponent * score)
            for index, (piece, score) in enumerate(state["vocab"])
            if piece and index not in alone
        }
        self._longest = max(map(len, self._pieces), default=0)
        self._usable = {index for index, _ in self._pieces.values()}
        self._lattice = lru_cache(maxsize=_WORDS)(self._make_lattice)

    def knows(self, word: str, ids: list[int]) -> bool:
        """Whether all of `ids` are pieces of text, so none is unknown or a single byte."""
        return self._usable.issuperset(ids)

    def sample(self, word: str, generator: Random) -> list[int]:
        """The ids of one path through the lattice, drawn from its end to its beginning."""
        lattice = self._lattice(word)
        ids: list[int] = []
        end = len(word)
        while end:
            # Shares sum to 1 up to rounding, beyond which the last one is taken.
            *others, chosen = lattice[end]
            left = generator.random()
            for other in others:
                left -= other[2]
                if left < 0:
                    chosen = other
                    break
            end = chosen[0]
            ids.append(chosen[1])
        return ids[::-1]

    def _make_lattice(self, word: str) -> list[list[tuple[int, int, float]]]:
        """For each end the pieces that end there: where they begin, id, and probability among them
        in a random segmentation of the word up to this end."""
        # Logarithms of the summed weights of all segmentations up to each place.
        totals = [0.0]
        lattice: list[list[tuple[int, int, float]]] = [[]]
        for end in range(1, len(word) + 1):
            found = [
                (begin, piece[0], totals[begin] + piece[1])
                for begin in range(max(0, end - self._longest), end)
                if totals[begin] > -math.inf
                and (piece := self._pieces.get(word[begin:end])) is not None
            ]
            peak = max((weight for *_, weight in found), default=-math.inf)
            weights = [math.exp(weight - peak) for *_, weight in found]
            total = sum(weights)
            totals.append(peak + math.log(total) if total else -math.inf)
            lattice.append([(b, i, w / total) for (b, i, _), w in zip(found, weights, strict=True)])
        return lattice


def _state(backend: Any, kind: str, option: str) -> dict[str, Any]:
    found = type(backend.model).__name__
    if found != kind:
        others = {"BPE": "bpe_dropout", "Unigram": "subword_sampling"}
        instead = f"{others[found]} or stochastok" if found in others else "stochastok"
        raise ConfigError(
            f"{option} is for tokenizers of the kind {kind}, and this one is {found}; write "
            f"{instead} instead"
        )
    state: dict[str, Any] = json.loads(backend.model.__getstate__())
    return state
