"""Unigram, once for each different piece between places that no token crosses.

In Chinese or Thai no sentence comes again, and few clauses do; but what lies between two places
that no token crosses (`borders`) is short and comes again. What was not met before is encoded by
`best_paths`, and all is arithmetic on arrays. A text with a tie in it goes to the tokenizer, unless
the tie is in a whole word, and so does a very long one. Where there are spaces, each different word
is encoded once.

Shapes: N characters of a block of texts, D texts, P pieces, K ids.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.tokenizers.engines.best_paths import BestPaths
from lingraft.tokenizers.engines.borders import cut
from lingraft.tokenizers.engines.engine import EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.prefixes import code_points
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.engines.words import WordByWord
from lingraft.tokenizers.engines.writing import Writer
from lingraft.tokenizers.locality import (
    METASPACE,
    cuts_at_spaces,
    is_random,
    repeats,
    state_of,
    states_of,
    words_are_pieces,
)
from lingraft.tokenizers.word_cache import LONG_WORD, WordCache, encode_whole

_LIMIT = 1 << 27  # bytes; more than these are forgotten
_ENTRY = 150  # bytes that Python and arrays add to those of a piece and of its ids
_TRIAL = 1 << 18  # characters of pieces to learn before it is asked whether they come again


class PieceByPiece(EncodingEngine):
    """For Unigram tokenizers whose words are what the model is given."""

    name = "pieces"
    includes = frozenset({WordByWord.name})

    def __init__(self, backend: Any) -> None:
        from tokenizers import Tokenizer

        if not words_are_pieces(backend):
            raise Unsuited("its words are not what a Unigram model is given")
        if is_random(backend.model):
            raise Unsuited("its model is random")
        if any(map(repeats, states_of(backend.post_processor))):
            raise Unsuited("its post-processor repeats a text")
        model = state_of(backend.model)
        # Special tokens are text here, but their scores are not those of tokens in a text.
        added = [token.content for token in backend.get_added_tokens_decoder().values()]
        unknown = [model["vocab"][model["unk_id"]][0]] if model["unk_id"] is not None else []
        self._special = sorted({*added, *unknown} - {""})
        self._paths = BestPaths(model, self._special)
        self._writer = Writer(backend)
        self._whole = Whole(backend)
        self._bare = Tokenizer(backend.model)  # pieces are normalized and cut
        self._seen = self._learned = 0
        self._words = WordCache(backend) if cuts_at_spaces(backend) else None
        self._forget()

    def _forget(self) -> None:
        self._of_node = np.full(self._paths.prefixes.size, -1, np.int64)
        self._of_text: dict[str, int] = {}
        self._pool = np.empty(0, np.uint32)
        self._starts = np.empty(0, np.int64)
        self._lengths = np.empty(0, np.int64)
        self._is_sure = np.empty(0, bool)
        self._size = 0

    def encode(self, texts: list[str]) -> EncodedTexts:
        spaces = sum(text.count(" ") for text in texts)
        if self._words is not None and spaces * LONG_WORD > sum(map(len, texts)):
            return EncodedTexts.of(self._words.encode(texts))
        return self._of_texts(texts)

    def _of_texts(self, texts: list[str]) -> EncodedTexts:
        """Ids of texts by pieces."""
        if self._learned > max(_TRIAL, self._seen // 2):
            return self._whole.encode(texts)  # no piece comes again
        written = self._writer.write(texts)
        self._drop_others(written)
        rows = np.flatnonzero([text is not None for text in written])
        encoded, is_sure_D = self._of_lines([text for text in written if text is not None])
        if len(rows) == len(texts) and is_sure_D.all():
            return encoded
        sure, others = rows[is_sure_D], np.ones(len(texts), bool)
        others[sure] = False
        rest = np.flatnonzero(others)
        whole = self._whole.encode([texts[row] for row in rest.tolist()])
        return EncodedTexts.merged([(sure, encoded.chosen(is_sure_D)), (rest, whole)])

    def _drop_others(self, written: list[str | None]) -> None:
        """Leave texts that spell out a special token, or are too long, to the tokenizer."""
        lengths_D = np.fromiter((len(text or "") for text in written), np.int64, len(written))
        is_long_D = ~self._paths.trusts(lengths_D, np.zeros_like(lengths_D))
        for row in np.flatnonzero(is_long_D).tolist():
            written[row] = None
        block = "\0".join([text or "" for text in written])
        for token in (token for token in self._special if token in block):
            for row, text in enumerate(written):
                if text is not None and token in text:
                    written[row] = None

    def _of_lines(self, texts: list[str]) -> tuple[EncodedTexts, NDArray[np.bool_]]:
        """Ids of normalized texts, and of which texts they are certain (D,)."""
        if not texts:
            return EncodedTexts.of([]), np.empty(0, bool)
        block = (" " + "\0 ".join(texts)).replace(" ", METASPACE)
        codes_N = code_points(block)
        found = self._paths.prefixes.find(codes_N)
        bounds = np.append(np.flatnonzero(cut(codes_N, found)), len(codes_N))
        is_piece = codes_N[bounds[:-1]] != 0
        starts_P, ends_P = bounds[:-1][is_piece], bounds[1:][is_piece]
        if self._size > _LIMIT:
            self._forget()
        self._seen += len(block)
        entries_P = self._entries(block, starts_P, ends_P, found.ends_N, found.nodes_N)
        lengths_P = self._lengths[entries_P]
        # One text after the other, so the first piece of each is where NUL is before it.
        is_first_P = codes_N[np.maximum(starts_P - 1, 0)] == 0
        is_first_P[0] = True
        firsts_D = np.flatnonzero(is_first_P)
        lengths_D = np.add.reduceat(lengths_P, firsts_D)
        shifts_P = self._starts[entries_P] - (np.cumsum(lengths_P) - lengths_P)
        places_K = np.repeat(shifts_P, lengths_P)
        places_K += np.arange(len(places_K))
        encoded = EncodedTexts(self._pool[places_K], lengths_D)
        # The model is given words: what is one by itself is certain.
        begins_P = is_first_P | (codes_N[starts_P] == ord(METASPACE))
        is_word_P = begins_P & np.append(begins_P[1:], True)
        is_sure_P = self._is_sure[entries_P] | is_word_P
        is_sure_D = np.logical_and.reduceat(is_sure_P, firsts_D)
        is_unknown_N = ~found.singles_N & (codes_N != 0)
        begins_D = starts_P[firsts_D]
        unknowns_D = np.add.reduceat(is_unknown_N, begins_D, dtype=np.int64)
        is_sure_D &= self._paths.trusts(np.diff(begins_D, append=len(codes_N)), unknowns_D)
        return encoded, is_sure_D

    def _entries(
        self,
        block: str,
        starts_P: NDArray[np.int64],
        ends_P: NDArray[np.int64],
        token_ends_N: NDArray[np.int64],
        nodes_N: NDArray[np.int32],
    ) -> NDArray[np.int64]:
        """The number of each piece among those that were encoded (P,)."""
        # Pieces that are a token are known by its node, others by their text.
        is_token_P = token_ends_N[starts_P] == ends_P
        nodes_P = np.where(is_token_P, nodes_N[starts_P], 0)
        entries_P = self._of_node[nodes_P]
        others = np.flatnonzero(~is_token_P)
        bounds = zip(starts_P[others].tolist(), ends_P[others].tolist(), strict=True)
        texts = [block[start:end] for start, end in bounds]
        unmet = np.flatnonzero(is_token_P & (entries_P < 0))
        examples_of = dict(zip(nodes_P[unmet].tolist(), unmet.tolist(), strict=True))
        nodes, examples = [*examples_of], [*examples_of.values()]
        bounds = zip(starts_P[examples].tolist(), ends_P[examples].tolist(), strict=True)
        tokens = [block[start:end] for start, end in bounds]
        new = dict.fromkeys([text for text in texts if text not in self._of_text])
        first = self._learn([*tokens, *new])
        self._of_node[nodes] = np.arange(first, first + len(nodes))
        self._of_text.update(zip(new, range(first + len(nodes), len(self._lengths)), strict=True))
        entries_P[unmet] = self._of_node[nodes_P[unmet]]
        entries_P[others] = np.fromiter(map(self._of_text.__getitem__, texts), np.int64, len(texts))
        return entries_P

    def _learn(self, pieces: list[str]) -> int:
        """Encode pieces; the number of the first one."""
        first = len(self._lengths)
        characters = sum(map(len, pieces))
        self._learned += characters
        encoded, is_tie_P = self._paths.encode(pieces)
        if is_tie_P.any():
            ties = np.flatnonzero(is_tie_P)
            asked = encode_whole(self._bare, [pieces[row] for row in ties.tolist()])
            sure = np.flatnonzero(~is_tie_P)
            parts = [(sure, encoded.chosen(~is_tie_P)), (ties, EncodedTexts.of(asked))]
            encoded = EncodedTexts.merged(parts)
        ends = np.cumsum(encoded.lengths_D) + len(self._pool)
        self._starts = np.append(self._starts, ends - encoded.lengths_D)
        self._lengths = np.append(self._lengths, encoded.lengths_D)
        self._pool = np.append(self._pool, encoded.ids_N)
        self._is_sure = np.append(self._is_sure, ~is_tie_P)
        self._size += 4 * (characters + len(encoded.ids_N)) + _ENTRY * len(pieces)
        return first
