"""A token as the words that it is in, and these as their vectors in one multilingual space.

Özeren et al. (2025), *HyperOFA*: the word vectors are OFA's.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from lingraft.initialization.evidence import spaces
from lingraft.initialization.evidence.auxiliary import words_of_tokens
from lingraft.initialization.methods.ofa import select_words, spellings
from lingraft.initialization.networks.reader import Lists, TokenLesson, TokenReader, with_lists
from lingraft.initialization.request import Request
from lingraft.numeric.arrays import Float32, Int64
from lingraft.tokenizers.token_table import TokenTable

# As in the authors' code: half of the longer lists are shortened to a random half or more.
_SHORT, _PROBABILITY, _LEAST = 4, 0.5, 0.5


class WordReader(TokenReader):
    """Numbers of the words whose tokenization contains a token, the most frequent first."""

    def __init__(self, request: Request, maximum: int, mode: str) -> None:
        """Read by words.

        Args:
            request: with multilingual vectors, or with vectors and alignments.
            maximum: words of a token.
            mode: `default` describes the tokens of a side by words of its own languages; with
                `reference` words of all languages describe both, and lists are shortened before
                they are cut to `maximum`, as in the authors' code.

        Raises:
            ConfigError: word vectors are missing.
            InputError: they have no words of the languages.
        """
        super().__init__(request)
        self._maximum = maximum
        self._is_reference = mode == "reference"
        space = spaces.multilingual_space(request, "hyperofa", mode)
        own: tuple[list[str], list[str]] = (
            ([], []) if self._is_reference else spaces.own_languages(request)
        )
        source_words, source_WE = select_words(space, own[0], None)
        if self._is_reference:
            target_words, target_WE = source_words, source_WE[:0]
        else:
            target_words, target_WE = select_words(space, own[1], None)
        self._words = source_words, target_words
        # The words of the target come after those of the source in one table, or are the same.
        self._firsts = 0, 0 if self._is_reference else len(source_words)
        self._table_RE = np.concatenate([source_WE, target_WE]).astype(np.float32)
        self._known: dict[int, tuple[TokenTable, Lists]] = {}

    @property
    def table_RE(self) -> Float32:
        """The vectors of the source's words, and then of the target's."""
        return self._table_RE

    @property
    def evidence_digest(self) -> str:
        """SHA-256 of all words and their vectors."""
        words = "\n".join(word for side in self._words for word in side)
        digest = hashlib.sha256(words.encode("utf-8", "surrogatepass"))
        digest.update(np.ascontiguousarray(self._table_RE).data)
        return digest.hexdigest()

    def of_tokens(self, table: TokenTable, rows_N: Int64) -> Lists:
        """The words of the target's languages; those of the source's for the source itself."""
        return [each[: self._maximum] for each in self._whole(table, rows_N)]

    def _whole(self, table: TokenTable, rows_N: Int64) -> Lists:
        """The lists before they are cut to the maximum; with `default` they are cut at once."""
        side = 0 if table is self.request.source else 1
        known = self._known.get(side)
        if known is None or known[0] is not table:
            words, first = self._words[side], self._firsts[side]
            most = len(words) if self._is_reference else self._maximum
            found = words_of_tokens(table, words, most, variants=spellings)
            known = table, [[first + word for word in each] for each in found]
            self._known[side] = known
        return [[] if table.special_T[row] else known[1][row] for row in rows_N.tolist()]

    def of_texts(self, texts: Sequence[str]) -> Lists:
        """The words of the target's languages that contain a text, which a space may open."""
        first = self._firsts[1]
        marked = [" " + word for word in self._words[1]]
        return [
            [first + place for place, word in enumerate(marked) if text in word][: self._maximum]
            if text.strip()
            else []
            for text in texts
        ]

    def lesson(self, rows_N: Int64, held_out_M: Int64, draw: np.random.Generator) -> TokenLesson:
        """All tokens, some with a random part of their words in random order."""
        lists = self._whole(self.request.source, rows_N)
        shortened = [_shortened(each, draw)[: self._maximum] for each in lists]
        return with_lists(rows_N, shortened)


def _shortened(words: list[int], draw: np.random.Generator) -> list[int]:
    if len(words) <= _SHORT or draw.random() >= _PROBABILITY:
        return words
    count = max(1, int(len(words) * draw.uniform(_LEAST, 1.0)))
    return [words[place] for place in draw.permutation(len(words))[:count].tolist()]
