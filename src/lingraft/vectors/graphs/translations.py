"""Dictionaries as edges between the two sides of an alignment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from lingraft.vectors.dictionaries import AnyDictionary
from lingraft.vectors.graphs.graph import GraphInputs, WordGraph

if TYPE_CHECKING:
    from lingraft.vectors.edges import Edge


class TranslationGraph(WordGraph):
    """Translations, as edges from words of the source to words of the target side.

    A word with such an edge no longer measures an alignment of the refined vectors: give the
    dictionaries a `share` below 1, so that some words are left for that.
    """

    format: Literal["dictionaries"]
    dictionaries: Annotated[list[AnyDictionary], Field(min_length=1)]
    """In order of trust, as those of an alignment."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """What the dictionaries are read from."""
        return tuple(name for dictionary in self.dictionaries for name in dictionary.made_from)

    @property
    def ends(self) -> tuple[int, int]:
        """From the source side to the target side."""
        return 0, 1

    def read(self, inputs: GraphInputs) -> Iterator[Edge]:
        """Yield the pairs, with the dictionary they came from as relation.

        Raises:
            InputError: a dictionary is damaged, or shares no word with the vectors.
        """
        from lingraft.vectors.dictionaries.dictionary import DictionaryInputs
        from lingraft.vectors.edges import Edge
        from lingraft.vectors.lexicon import read_dictionaries

        places = inputs.given.downloads, inputs.given.corpora
        source, target = inputs.sides
        vocabularies = DictionaryInputs(source, target, *places)
        for pair in read_dictionaries(self.dictionaries, vocabularies):
            yield Edge(pair.source, pair.target, pair.origin, pair.weight)
