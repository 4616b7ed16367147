"""Encode each different word of a corpus once.

Most tokenizers cut a text at its spaces before they look at words, so the ids of a text are those
of its words, joined; and a corpus consists of few words, again and again. For such a
tokenizer, `WordCache` gives what `encode_batch_fast` gives, in a fraction of the time.

`lingraft.tokenizers.locality` says of which tokenizers that is known. A document is encoded whole
if it has a word to which a normalizer may have given spaces.
"""

from array import array
from collections.abc import Iterable
from typing import Any, cast

from lingraft.tokenizers.locality import (
    METASPACE,
    drops_spaces,
    has_character_map,
    normalizer_without_strip,
)

_LIMIT = 1 << 27  # bytes; a larger cache is emptied
_ENTRY = 200  # bytes that Python adds to those of a word and of its ids
_TRIAL = 100_000  # words to learn before it is asked whether they come again
_LONG_WORD = 12  # characters; Chinese or Thai sentences are "words" that never come again


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
        self._normalize = normalizer_without_strip(backend)
        self._ids: dict[str, bytes | None] = {}  # None: the word cannot be cut off
        self._size = 0
        self._learned = 0
        self._seen = 0

    def encode(self, texts: list[str]) -> list[bytes]:
        """Ids of each text without special tokens, as the bytes of uint32."""
        if self._learned > _TRIAL and 3 * self._learned > self._seen:
            return encode_whole(self._backend, texts)  # identifiers, hashes: no word comes again
        cut = [(row, words) for row, text in enumerate(texts) if (words := _words(text))]
        self._learn(words for _, words in cut)
        self._seen += sum(len(words) for _, words in cut)
        documents: list[bytes | None] = [None] * len(texts)
        for row, words in cut:
            ids = [self._ids[word] for word in words]
            if None not in ids:
                documents[row] = b"".join(cast(list[bytes], ids))
        rest = [row for row, document in enumerate(documents) if document is None]
        encoded = encode_whole(self._backend, [texts[row] for row in rest])
        for row, whole in zip(rest, encoded, strict=True):
            documents[row] = whole
        return cast(list[bytes], documents)

    def _learn(self, documents: Iterable[list[str]]) -> None:
        # The cache is emptied before the new words are collected, so `encode` finds every word.
        if self._size > _LIMIT:
            self._ids.clear()
            self._size = 0
        new = sorted({word for words in documents for word in words if word not in self._ids})
        plain = [word for word in new if self._is_plain(word)]
        ids = encode_whole(self._backend, plain)
        # First None for all new words, then ids for the plain ones. A word that keeps None makes
        # its document be encoded whole.
        self._ids.update(dict.fromkeys(new))
        self._ids.update(zip(plain, ids, strict=True))
        self._learned += len(new)
        self._size += 4 * sum(map(len, new)) + sum(map(len, ids)) + _ENTRY * len(new)

    def _is_plain(self, word: str) -> bool:
        """Whether the word has at most one space at its edges, before its first character, also
        after normalization: only then its ids do not depend on its neighbors."""
        if self._drops_spaces and not self._has_map:
            return True
        normalized = self._normalize(word)
        # A character map replaces sequences of characters, so it could look across the space.
        if self._has_map and self._normalize(word + " a") != normalized + " a":
            return False
        body = normalized.removeprefix(" ")
        if (word[:1] == " " and normalized[:1] != " ") or not body:
            return False
        return not (body[0].isspace() or body[-1].isspace() or body[0] == METASPACE)


def _words(text: str) -> list[str]:
    """The words, each with the space before it; nothing for a text without ordinary words."""
    if len(text) > _LONG_WORD * text.count(" ") or "\0" in text:
        return []
    # "a b" becomes ["a", " b"]; a text that already has NUL in it would be cut there, too.
    return text.replace(" ", "\0 ").split("\0")


def encode_whole(backend: Any, texts: list[str]) -> list[bytes]:
    """Ids of each text without special tokens, as the bytes of uint32, by the tokenizer itself."""
    encodings = backend.encode_batch_fast(texts, add_special_tokens=False)
    # Type code "I" is an unsigned integer of 4 bytes, which readers take as uint32.
    return [array("I", encoding.ids).tobytes() for encoding in encodings]  # faster than NumPy
