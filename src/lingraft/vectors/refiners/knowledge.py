"""Distances of concepts that a knowledge graph connects, minimized beside the vectors' own place.

The form of knowledge-aware vectors for medical text: a word with many relations moves more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import PositiveFloat

from lingraft.vectors.refiners.refiner import GraphRefiner

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace


class KnowledgeGraph(GraphRefiner):
    """Squared distances of connected words, and of each word to where it was, are minimal together.

    Unlike `retrofitting`, every edge counts the same, so a word with many neighbors moves more.
    """

    name: Literal["knowledge"]
    strength: PositiveFloat = 1.0
    """Weight of a squared distance over an edge, against 1 for the distance to where a word was."""

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words at the minimum."""
        return self.pulled(space, given, 1 / self.strength, by_degree=False)
