"""Words that both vocabularies spell the same, as a dictionary (MUSE's identical_char)."""

from collections.abc import Iterator

from lingraft.config.vectors import Identical
from lingraft.vectors.dictionaries.places import Places
from lingraft.vectors.pairs import WordPair


def read_identical(settings: Identical, places: Places) -> Iterator[WordPair]:
    """Yield shared words, most frequent of the source language first."""
    known = places.target.index
    for word in places.source.words:
        if len(word) >= settings.minimum_length and word in known:
            yield WordPair(word, word)
