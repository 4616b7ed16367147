"""Words as bytes: special tokens, the 256 bytes that begin a word, and the 256 inside of words.

It is a byte-level BPE whose only merges put the space before a word to the word's first byte; so
any text has symbols, and `tokenizer.json` says all of it. Text is cut as BERT's is: at spaces,
which are forgotten, and around punctuation.
"""

from typing import Any

from tokenizers import decoders, models, pre_tokenizers

from lingraft.tokenizers.spelling import CHARACTER_OF_BYTE

BYTES = 256
_INSIDE = tuple(CHARACTER_OF_BYTE[byte] for byte in range(BYTES))
_SPACE = CHARACTER_OF_BYTE[ord(" ")]

SYMBOLS: tuple[str, ...] = (*(_SPACE + character for character in _INSIDE), *_INSIDE)
"""The symbols in the order of their ids, which begin after the special tokens."""


def byte_words(special_tokens: tuple[str, ...]) -> models.BPE:
    """The model of such a tokenizer; no text decides about it.

    Args:
        special_tokens: they have the first ids.
    """
    vocabulary = {token: index for index, token in enumerate((*special_tokens, *SYMBOLS))}
    return models.BPE(vocabulary, [(_SPACE, character) for character in _INSIDE])


def cut_into_words() -> Any:
    """Its pre-tokenizer: each word gets a space in front, whatever was there."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.BertPreTokenizer(),
            pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False),
        ]
    )


def join_words() -> Any:
    """Its decoder: a space between any two words; bytes that are not UTF-8 become U+FFFD."""
    return decoders.Sequence([decoders.ByteLevel(), decoders.Strip(" ", 1, 0)])
