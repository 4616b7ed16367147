"""Texts as lines of words: what every trainer that learns words reads."""

from collections.abc import Iterable, Iterator

from lingraft.corpus.words import split_words


def segmented(texts: Iterable[str], language: str, lowercase: bool) -> Iterator[list[str]]:
    """The words of each line of texts that has any.

    Args:
        texts: documents; each line of a document is a context of its own.
        language: as in swh_Latn; decides the segmentation.
        lowercase: fold the words to lower case.
    """
    for text in texts:
        for line in text.split("\n"):
            if words := split_words(line, language):
                yield [word.lower() for word in words] if lowercase else words
