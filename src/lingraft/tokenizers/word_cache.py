"""Encode each different word of a corpus once.

Most tokenizers cut a text at its spaces before they look at words, so the ids of a text are those
of its words, joined; and a corpus consists of few words, again and again. For such a
tokenizer, `WordCache` gives what `encode_batch_fast` gives, in a fraction of the time.

`lingraft.tokenizers.locality` says of which tokenizers that is known. A document is encoded whole
if it has a word to which a normalizer may have given spaces.
"""

from array import array
from collections.abc import Callable
from functools import partial
from itertools import accumulate, pairwise
from typing import Any, cast

from lingraft.tokenizers.locality import (
    METASPACE,
    drops_spaces,
    has_character_map,
    keeps_ascii,
    normalizer_without_strip,
    words_are_pieces,
)

_LIMIT = 1 << 27  # bytes; a larger cache is emptied
_ENTRY = 200  # bytes that Python adds to those of a word and of its ids
_TRIAL = 100_000  # words to learn before it is asked whether they come again
_TIED = b"?"  # ids have four bytes each
LONG_WORD = 12  # characters; Chinese or Thai sentences are "words" that never come again


class WordCache:
    """The ids of words that one tokenizer has encoded.

    Args:
        backend: a `tokenizers.Tokenizer` for which `cuts_at_spaces` is true; it must neither
            truncate nor pad, and take special tokens for text (`encode_special_tokens`).
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._drops_spaces = drops_spaces(backend)
        self._has_map = has_character_map(backend)
        self._keeps_ascii = keeps_ascii(backend)
        self._is_pieces = words_are_pieces(backend)
        self._normalize = normalizer_without_strip(backend)
        self._keeps_case = self._keeps_ascii and self._normalize("A") == "A"
        self._ids: dict[str, bytes] = {}  # `_TIED`: the word cannot be cut off
        self._size = 0
        self._learned = 0
        self._seen = 0

    def encode(self, texts: list[str]) -> list[bytes]:
        """Ids of each text without special tokens, as the bytes of uint32."""
        if self._learned > _TRIAL and 3 * self._learned > self._seen:
            return self._encode(texts)  # identifiers, hashes: no word comes again
        spaces = [text.count(" ") for text in texts]
        # Other texts are sentences without spaces; NUL is what we cut at.
        cut = [
            row
            for row, (text, count) in enumerate(zip(texts, spaces, strict=True))
            if len(text) <= LONG_WORD * (count or text.isascii()) and "\0" not in text
        ]
        ends = accumulate((spaces[row] + 1 for row in cut), initial=0)
        ids = self._of_words("\0".join([texts[row] for row in cut])) if cut else []
        documents: list[bytes | None] = [None] * len(texts)
        is_tied = _TIED in ids
        for row, (start, end) in zip(cut, pairwise(ends), strict=True):
            own = ids[start:end]
            if not (is_tied and _TIED in own):
                documents[row] = b"".join(own)
        return _completed(documents, texts, self._encode)

    def _of_words(self, text: str) -> list[bytes]:
        """Ids of each word; texts are joined by NUL, and each word but the first has its space."""
        # "a b" becomes ["a", " b"].
        words = text.replace(" ", "\0 ").split("\0")
        self._seen += len(words)
        # The cache is emptied before the new words are collected, so that every word is found.
        if self._size > _LIMIT:
            self._ids.clear()
            self._size = 0
        found = list(map(self._ids.get, words))
        if None in found:
            self._learn({word for word, ids in zip(words, found, strict=True) if ids is None})
            found = list(map(self._ids.get, words))
        return cast(list[bytes], found)

    def _learn(self, words: set[str]) -> None:
        new = sorted(words)
        plain = [word for word in new if self._is_plain(word)]
        ids = self._encode(plain)
        # First all new words, then the ids of the plain ones. A word that stays tied makes its
        # document be encoded whole.
        self._ids.update(dict.fromkeys(new, _TIED))
        self._ids.update(zip(plain, ids, strict=True))
        self._learned += len(new)
        self._size += 4 * sum(map(len, new)) + sum(map(len, ids)) + _ENTRY * len(new)

    def _encode(self, texts: list[str]) -> list[bytes]:
        """Ids of plain words, or of whole texts."""
        if not self._is_pieces:
            return encode_whole(self._backend, texts)
        found = list(map(self._as_piece, texts))
        return _completed(found, texts, partial(encode_whole, self._backend))

    def _as_piece(self, text: str) -> bytes | None:
        """Ids by the model alone, of a text that is one piece for it; None for any other."""
        is_same = self._keeps_case and text.isascii()
        body = (text if is_same else self._normalize(text)).removeprefix(" ")
        # A text is cut at its spaces, and at the sign for one.
        if body.split() != [body] or METASPACE in body:
            return None
        tokens = self._backend.model.tokenize(METASPACE + body)
        return array("I", [token.id for token in tokens]).tobytes()

    def _is_plain(self, word: str) -> bool:
        """Whether the word has at most one space at its edges, before its first character, also
        after normalization: only then its ids do not depend on its neighbors."""
        if self._drops_spaces and not self._has_map:
            return True
        normalized = word if self._keeps_ascii and word.isascii() else self._normalize(word)
        # A character map replaces sequences of characters, so it could look across the space.
        if self._has_map and self._normalize(word + " a") != normalized + " a":
            return False
        body = normalized.removeprefix(" ")
        if (word[:1] == " " and normalized[:1] != " ") or not body:
            return False
        return not (body[0].isspace() or body[-1].isspace() or body[0] == METASPACE)


def _completed(
    found: list[bytes | None], texts: list[str], encode: Callable[[list[str]], list[bytes]]
) -> list[bytes]:
    """Ids of all texts: `encode` gives those that were not found."""
    rest = [row for row, ids in enumerate(found) if ids is None]
    for row, ids in zip(rest, encode([texts[row] for row in rest]), strict=True):
        found[row] = ids
    return cast(list[bytes], found)


def encode_whole(backend: Any, texts: list[str]) -> list[bytes]:
    """Ids of each text without special tokens, as the bytes of uint32, by the tokenizer itself."""
    encodings = backend.encode_batch_fast(texts, add_special_tokens=False)
    # Type code "I" is an unsigned integer of 4 bytes, which readers take as uint32.
    return [array("I", encoding.ids).tobytes() for encoding in encodings]  # faster than NumPy
