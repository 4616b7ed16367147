"""Sizes of text, counted while it is written."""

from dataclasses import dataclass, field

from lingraft.corpus.words import split_words


@dataclass
class TextStatistics:
    """Number of documents, words, characters and bytes of UTF-8 of texts in one language."""

    language: str
    documents: int = field(default=0, init=False)
    words: int = field(default=0, init=False)
    characters: int = field(default=0, init=False)
    bytes: int = field(default=0, init=False)

    def add(self, text: str) -> None:
        """Count one text."""
        self.documents += 1
        self.words += len(split_words(text, self.language))
        self.characters += len(text)
        self.bytes += len(text.encode())


@dataclass
class PairStatistics:
    """Number of pairs, and the bytes of UTF-8 of both sides."""

    pairs: int = 0
    source_bytes: int = 0
    target_bytes: int = 0

    def add(self, source: str, target: str) -> None:
        """Count one pair."""
        self.pairs += 1
        self.source_bytes += len(source.encode())
        self.target_bytes += len(target.encode())
