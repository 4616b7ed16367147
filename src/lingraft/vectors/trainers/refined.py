"""Vectors that were made already, refined: by graphs, dictionaries, or their own directions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from lingraft.config.base import Name
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.refiners import AnyRefiner
from lingraft.vectors.trainers.trainer import Trainer

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet
    from lingraft.vectors.word_space import WordSpace


class RefinedVectors(Trainer):
    """Other vectors, refined; across languages in the common space of an alignment."""

    trainer: Literal["refined"]
    vectors: Name | None = None
    """The vectors to refine."""
    alignment: Name | None = None
    """Instead of `vectors`: refine the words of both its sides together, in their common space."""
    side: Literal["source", "target"] | None = None
    """The side of the alignment whose words these vectors are. Make a set of each side; an
    alignment with `method: identity` has both."""
    refiners: Annotated[list[AnyRefiner], Field(min_length=1)]
    """What is done, in order."""

    @model_validator(mode="after")
    def _says_what_is_refined(self) -> Self:
        if (self.vectors is None) == (self.alignment is None):
            raise ValueError("name either `vectors` or `alignment`")
        if (self.alignment is None) != (self.side is None):
            raise ValueError("`side` belongs to `alignment`: source or target")
        return self

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The vectors or the alignment, and what the refiners read."""
        base = ("vectors", self.vectors) if self.vectors else ("alignments", str(self.alignment))
        return (base, *(name for refiner in self.refiners for name in refiner.made_from))

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language of what is refined."""
        base = self.vectors
        if base is None:
            base = getattr(sections["alignments"][self.alignment], str(self.side))
        language: str | None = sections["vectors"][base].language_of(sections)
        return language

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Refine.

        Raises:
            ConfigError: a graph is of two languages, and the vectors are of one.
            InputError: an input is not given, a graph is not usable, or an option does not fit.
        """
        from dataclasses import replace

        space = self._space(given)
        for refiner in self.refiners:
            space = refiner.refine(space, given)
        result = space.take(1 if self.side == "target" else 0)
        return replace(result, facts=self.facts, metrics={"refiners": list(space.facts)})

    def _space(self, given: VectorInputs) -> WordSpace:
        from lingraft.vectors.aligned_sides import read_sides
        from lingraft.vectors.vectorset import VectorSet
        from lingraft.vectors.word_space import WordSpace

        if self.vectors is not None:
            return WordSpace.of_set(VectorSet.load(given.find("vectors", self.vectors)))
        return read_sides(given, str(self.alignment))
