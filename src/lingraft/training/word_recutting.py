"""Other tokens for the text of a row: its words cut again at random, the text itself unchanged.

A token file has ids alone. The strings of neighboring ids joined are what the tokenizer's model saw
of a word, and the tokenizer's own pre-tokenizer says where one ends; a stretch for which that does
not give back its ids, such as half a character at a row's edge, stays as it is.

Shapes: N rows, W width of a row, T ids of a row, V ids of the vocabulary.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import decoders

from lingraft.corpus.token_files import TokenFile
from lingraft.errors import ConfigError
from lingraft.numeric.arrays import Uint64
from lingraft.tokenizers.pretokens import never_merged
from lingraft.tokenizers.spelling import end_mark, inside_mark
from lingraft.tokenizers.subword_sampling import WordSampler
from lingraft.tokenizers.token_table import tokens_by_id
from lingraft.training.packing import Rows
from lingraft.training.recutting import renewed
from lingraft.training.sampler import key

_STRETCHES = 32  # of a corpus, to see how much longer it becomes
_LEAST_KNOWN = 0.1  # of the tokens; with fewer the option would do next to nothing
_CACHED = 1 << 17  # words
_LETTERS = decoders.ByteLevel()
_EDGES = ("Ġ", "▁", "Ċ", " ", "\n")  # what may begin a word

Words = list[tuple[str, int]]  # each with the number of tokens that it has in the file


class RecutWords:
    """Draws a segmentation for each word, by BPE-dropout or subword regularization.

    A segmentation that has no room in its row is not taken, so no text is lost.

    Args:
        tokenizer: a fast tokenizer, whose token files the rows are from.
        sampler: draws the segmentation of a pre-token.
    """

    def __init__(self, tokenizer: Any, sampler: WordSampler) -> None:
        backend = tokenizer.backend_tokenizer
        self._sampler = sampler
        self._tokens = tokens_by_id(backend.get_vocab())
        self._cutter = backend.pre_tokenizer
        self._is_bytes = "ByteLevel" in repr(backend.pre_tokenizer) + repr(backend.decoder)
        self._prefix = inside_mark(backend.model)
        self._suffix = end_mark(backend.model)
        # Where a stretch begins or ends in any case.
        self._alone_V = np.zeros(len(self._tokens), bool)
        self._alone_V[list(never_merged(backend))] = True
        self._begins_V = np.array([self._begins_word(token) for token in self._tokens])
        self._ends_V = np.array(
            [bool(self._suffix) and t.endswith(self._suffix) for t in self._tokens]
        )
        # A cache of this object: as a decorator it would keep every object in memory.
        self._words_of = lru_cache(maxsize=_CACHED)(self._find_words)

    def content_width(self, width: int, files: Sequence[TokenFile]) -> int:
        """As many tokens as nearly always have room, from some stretches of each corpus: mean and
        two standard deviations of how much longer they become.

        Raises:
            ConfigError: hardly any word of these stretches can be cut anew.
        """
        growth, known = 1.0, 0.0
        for file in files:
            length = min(width, len(file.tokens_N))
            begins = np.linspace(0, len(file.tokens_N) - length, _STRETCHES).astype(np.int64)
            stretches = [file.tokens_N[begin : begin + length].astype(np.int64) for begin in begins]
            known = max(known, float(np.mean([self._known_share(ids_T) for ids_T in stretches])))
            ratios = [
                len(self._cut(ids_T, None, key_T)[0]) / max(1, length)
                for ids_T, key_T in zip(stretches, key(np.arange(_STRETCHES)), strict=True)
            ]
            growth = max(growth, float(np.mean(ratios) + 2 * np.std(ratios)))
        if known < _LEAST_KNOWN:
            raise ConfigError(
                f"of the tokens only {known:.0%} are in words that can be cut anew: the tokenizer "
                "does not mark where words begin, or does not know the text; write stochastok "
                "instead"
            )
        return max(1, int(width / growth))

    def recut(self, rows: Rows, width: int, keys_N: Uint64) -> Rows:
        """Rows of at most `width` tokens with the same text, drawn by the key of each row."""
        cut = [
            self._cut(ids_W[:length], width, key_of_row)
            for ids_W, length, key_of_row in zip(rows.ids_NW, rows.lengths_N, keys_N, strict=True)
        ]
        return renewed(rows, width, cut)

    def _cut(
        self, ids_T: NDArray[np.int64], width: int | None, row_key: np.uint64
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """New ids, and for each the place in `ids_T` of the word that it comes from."""
        generator = Random(int(row_key))
        free = np.inf if width is None else width - len(ids_T)
        ids: list[int] = []
        origins: list[int] = []
        for begin, end in self._stretches(ids_T):
            old = ids_T[begin:end].tolist()
            place = 0
            for word, count in self._words_of(tuple(old)):
                new = self._sampler.sample(word, generator) if word else old
                if len(new) - count > free:
                    new = old[place : place + count]
                free -= len(new) - count
                ids += new
                origins += [begin + place] * len(new)
                place += count
        return np.array(ids, np.int64), np.array(origins, np.int64)

    def _known_share(self, ids_T: NDArray[np.int64]) -> float:
        """Of the tokens those that are in words which are cut anew."""
        stretches = (ids_T[begin:end].tolist() for begin, end in self._stretches(ids_T))
        words = (word for ids in stretches for word in self._words_of(tuple(ids)))
        return sum(count for word, count in words if word) / max(1, len(ids_T))

    def _begins_word(self, token: str) -> bool:
        """Whether a word begins with it in any case."""
        goes_on = token.startswith(self._prefix)
        return not goes_on if self._prefix else token.startswith(_EDGES)

    def _stretches(self, ids_T: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        starts_T = self._begins_V[ids_T] | self._alone_V[ids_T]
        starts_T[1:] |= (self._alone_V | self._ends_V)[ids_T[:-1]]
        starts_T[:1] = True
        return pairwise([*np.flatnonzero(starts_T).tolist(), len(ids_T)])

    def _find_words(self, ids: tuple[int, ...]) -> Words:
        """The pre-tokens of a stretch; one without a name where they are not known."""
        unknown = [("", len(ids))]
        if self._alone_V[list(ids)].any():
            return unknown
        pieces = [self._spelled(index, first=not place) for place, index in enumerate(ids)]
        words = self._pretokens("".join(pieces))
        found: Words = []
        place = 0
        for word in words:
            begin, length = place, 0
            while place < len(ids) and length < len(word):
                length += len(pieces[place])
                place += 1
            own = list(ids[begin:place])
            if length != len(word) or not self._sampler.knows(word, own):
                return unknown
            found.append((word, len(own)))
        return found if place == len(ids) and found else unknown

    def _spelled(self, index: int, *, first: bool) -> str:
        token = self._tokens[index].removesuffix(self._suffix)
        return token if first else token.removeprefix(self._prefix)

    def _pretokens(self, spelled: str) -> list[str]:
        if self._cutter is None:
            return [spelled]
        text = _LETTERS.decode([spelled]) if self._is_bytes else spelled
        words = [word for word, _ in self._cutter.pre_tokenize_str(text)]
        return words if "".join(words) == spelled else []
