"""Terms of several words in running text: the longest known one from each place on is one word."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from lingraft.corpus.words import JOINER, split_words
from lingraft.vectors.segmentation import segmented
from lingraft.vectors.vectorset import VectorSet


class Phrases:
    """Known terms, by their first words."""

    def __init__(self, terms: Iterable[str]) -> None:
        """Collect terms.

        Args:
            terms: words with single spaces between them; single words are passed over.
        """
        self._longest: dict[str, int] = {}
        self._known = {tuple(term.split(" ")) for term in terms if " " in term}
        for first, *rest in self._known:
            self._longest[first] = max(self._longest.get(first, 0), 1 + len(rest))

    def join(self, words: Sequence[str], separator: str = " ") -> list[str]:
        """The words, with each term as one, whose words the separator joins."""
        found = []
        place = 0
        while place < len(words):
            length = self._length(words, place)
            found.append(separator.join(words[place : place + length]))
            place += length
        return found

    def _length(self, words: Sequence[str], place: int) -> int:
        """How many words the longest term from here on has; 1 without any."""
        for length in range(self._longest.get(words[place], 1), 1, -1):
            if tuple(words[place : place + length]) in self._known:
                return length
        return 1


def join_in_texts(
    texts: Iterable[str], language: str, lowercase: bool, phrases: Phrases
) -> Iterator[str]:
    """Texts in which `split_words` takes each term for one word.

    Args:
        texts: documents.
        language: as in swh_Latn; decides the segmentation.
        lowercase: the terms are in lower case, and so is the result.
        phrases: the terms.
    """
    for text in texts:
        folded = text.lower() if lowercase else text
        lines = (split_words(line, language) for line in folded.split("\n"))
        yield "\n".join(" ".join(phrases.join(words, JOINER)) for words in lines)


def with_spaces(vectors: VectorSet) -> VectorSet:
    """The vectors, with the words of each term that was joined for training apart again."""
    if not any(JOINER in word for word in vectors.words):
        return vectors
    return replace(vectors, words=[word.replace(JOINER, " ") for word in vectors.words])


def words_as_in(vectors: VectorSet, texts: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text, segmented and folded as the vectors' text, with their terms joined.

    Args:
        vectors: the vocabulary, of a language that decides the segmentation.
        texts: of that language.
    """
    phrases = Phrases(vectors.words)
    for text in texts:
        lines = segmented([text], vectors.language or "", vectors.lowercase)
        yield phrases.join(list(chain.from_iterable(lines)))
