"""Counter-fitting (Mrkšić et al., 2016): antonyms repel, synonyms attract, neighborhoods stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from lingraft.vectors.graphs import AnyGraph
from lingraft.vectors.refiners.refiner import Refiner, moved, read_edges, unit_length

if TYPE_CHECKING:
    from lingraft.vectors.inputs import VectorInputs
    from lingraft.vectors.word_space import WordSpace

Distance = Annotated[float, Field(ge=0, le=2)]


class CounterFitting(Refiner):
    """Synonyms come closer, antonyms go apart, and near words of old stay near; unit vectors."""

    name: Literal["counter-fitting"]
    synonyms: Annotated[list[AnyGraph], Field(min_length=1)]
    """Graphs whose edges attract."""
    antonyms: Annotated[list[AnyGraph], Field(min_length=1)]
    """Graphs whose edges repel, such as WordNet with `relations: {antonym: 1}`."""
    antonym_distance: Distance = 1.0
    """Antonyms repel until their cosine distance is this large (the paper's delta)."""
    synonym_distance: Distance = 0.0
    """Synonyms attract until their cosine distance is this small (the paper's gamma)."""
    neighborhood: Distance = 0.2
    """Words nearer than this cosine distance should not move apart (the paper's rho)."""
    repulsion: NonNegativeFloat = 0.1
    """Step of a word away from an antonym."""
    attraction: NonNegativeFloat = 0.1
    """Step of a word toward a synonym."""
    preservation: NonNegativeFloat = 0.1
    """Step of a word back toward a neighbor."""
    iterations: PositiveInt = 20
    """Steps of all words."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """What the graphs are read from."""
        return tuple(name for graph in (*self.synonyms, *self.antonyms) for name in graph.made_from)

    def refine(self, space: WordSpace, given: VectorInputs) -> WordSpace:
        """The words after the last step."""
        from lingraft.vectors.counter_fitting import Force, counter_fit, neighborhoods
        from lingraft.vectors.edges import distances

        space = unit_length(space)
        synonyms = read_edges(self.synonyms, space, given)
        antonyms = read_edges(self.antonyms, space, given)
        near_P2, near_P = neighborhoods(space.vectors_NE, (synonyms, antonyms), self.neighborhood)
        forces = (
            Force(antonyms.rows_P2, self.antonym_distance, -self.repulsion),
            Force(synonyms.rows_P2, self.synonym_distance, self.attraction),
            Force(near_P2, near_P, self.preservation),
        )
        moved_NE = counter_fit(space.vectors_NE, forces, self.iterations)
        facts = {
            "name": self.name,
            "neighbors": len(near_P2),
            "antonyms": {
                "edges": antonyms.counts,
                "distance_before": distances(space.vectors_NE, antonyms),
                "distance_after": distances(moved_NE, antonyms),
            },
        }
        return moved(space, moved_NE, synonyms, facts)
