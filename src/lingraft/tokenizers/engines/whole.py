"""The tokenizer itself, which all other engines are compared with."""

from typing import Any

from lingraft.tokenizers.engines.engine import EncodedTexts, EncodingEngine
from lingraft.tokenizers.word_cache import encode_whole


class Whole(EncodingEngine):
    """`tokenizers.Tokenizer.encode_batch_fast`, text by text."""

    name = "tokenizers"

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def encode(self, texts: list[str]) -> EncodedTexts:
        return EncodedTexts.of(encode_whole(self._backend, texts))
