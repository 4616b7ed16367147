"""Word pairs from the parallel text of a corpus, e.g. the catalogue of a program's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from lingraft.artifacts.facts import UNKNOWN_LANGUAGE
from lingraft.config.base import Name
from lingraft.errors import InputError
from lingraft.vectors.dictionaries.dictionary import DictionaryInputs, ReversibleDictionary
from lingraft.vectors.word_pairs import WordPair, single_word

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class ParallelText(ReversibleDictionary):
    """Word pairs from the parallel text of a corpus that has a pivot.

    Messages that are one word in both languages are pairs as they are.
    """

    format: Literal["parallel"]
    corpus: Name
    """The corpus with parallel text; its pivot is the source language (unless reversed)."""
    extract: Literal["one-word", "co-occurrence"] = "one-word"
    """`one-word`: pairs with one word on each side; `co-occurrence`: also words that prefer each
    other over all sentence pairs."""

    @property
    def origin(self) -> str:
        """The corpus, and how pairs are extracted unless that is by one word."""
        how = "" if self.extract == "one-word" else f"-{self.extract}"
        return f"{self.format}{how}:{self.corpus}"

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus."""
        return (("corpora", self.corpus),)

    def read_file(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield pairs in the direction of the file: its source is the pivot's text.

        Raises:
            InputError: the corpus has no parallel text, or it is damaged.
        """
        from lingraft.corpus.documents import read_pairs
        from lingraft.vectors.co_occurrence import co_occurring
        from lingraft.vectors.phrases import Phrases

        path = inputs.corpus(self.corpus) / "parallel.jsonl.zst"
        if not path.is_file():
            raise InputError(f"corpus {self.corpus!r} has no parallel text: it needs a pivot")
        first, second = inputs.source, inputs.target
        if self.reversed:
            first, second = second, first
        terms = Phrases(first.words), Phrases(second.words)
        sentences = [
            (terms[0].join(_words(pair.source, first)), terms[1].join(_words(pair.target, second)))
            for pair in read_pairs(path)
        ]
        for source, target in sentences:
            if len(source) == len(target) == 1:  # a word or a term
                yield WordPair(source[0], target[0])
        if self.extract == "co-occurrence":
            yield from co_occurring(sentences)


def _words(text: str, side: VectorSet) -> list[str]:
    from lingraft.corpus.words import split_words

    text = text.lower() if side.lowercase else text
    words = split_words(text, side.language or UNKNOWN_LANGUAGE)
    return [word for word in words if single_word(word)]
