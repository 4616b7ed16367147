"""The tokenizer itself, once for each different word."""

from typing import Any

from lingraft.tokenizers.engines.engine import EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.locality import cuts_at_spaces
from lingraft.tokenizers.word_cache import WordCache


class WordByWord(EncodingEngine):
    """`WordCache`, for tokenizers whose parts are known not to look across a single space."""

    name = "words"

    def __init__(self, backend: Any) -> None:
        if not cuts_at_spaces(backend):
            raise Unsuited("its parts may look across a space between words")
        self._cache = WordCache(backend)

    def encode(self, texts: list[str]) -> EncodedTexts:
        return EncodedTexts.of(self._cache.encode(texts))
