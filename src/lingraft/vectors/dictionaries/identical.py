"""Words that both vocabularies spell the same, as a dictionary (MUSE's identical_char)."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import PositiveInt

from lingraft.vectors.dictionaries.dictionary import Dictionary, DictionaryInputs
from lingraft.vectors.word_pairs import WordPair


class IdenticalWords(Dictionary):
    """Words spelled the same in both vocabularies: names, numbers, loanwords."""

    format: Literal["identical"]
    minimum_length: PositiveInt = 1
    """Shortest word that counts; short ones are more often false friends."""

    is_gold: ClassVar[bool] = False

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield shared words, most frequent of the source language first."""
        known = inputs.target.index
        for word in inputs.source.words:
            if len(word) >= self.minimum_length and word in known:
                yield WordPair(word, word)
