"""How far the merges of dynamic tokenization may reach."""

from typing import Literal

Boundary = Literal["pretokens", "words", "hyphenated_words", "sentences"]
