"""Words of similar spelling in both vocabularies: loanwords, names, and common ancestors."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt

from lingraft.vectors.dictionaries.dictionary import Dictionary, DictionaryInputs
from lingraft.vectors.word_pairs import WordPair


class Cognates(Dictionary):
    """Frequent words that are each other's most similar in spelling; the weight of a pair is its
    similarity."""

    format: Literal["cognates"]
    minimum_similarity: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Least similarity: 1 minus the edits that turn one word into the other, divided by the letters
    of the longer one. Case and diacritics do not count."""
    frequent_words: PositiveInt = 20_000
    """Only so many most frequent words of either side are compared."""
    minimum_length: PositiveInt = 4
    """Shortest word that counts; short ones are more often false friends."""

    is_gold: ClassVar[bool] = False

    def read(self, inputs: DictionaryInputs) -> Iterator[WordPair]:
        """Yield the pairs, most frequent of the source language first."""
        from lingraft.vectors.similar_spelling import similarly_spelled

        source, target = (
            [word for word in side.words[: self.frequent_words] if len(word) >= self.minimum_length]
            for side in (inputs.source, inputs.target)
        )
        for row, column, similarity in similarly_spelled(source, target, self.minimum_similarity):
            yield WordPair(source[row], target[column], similarity)
