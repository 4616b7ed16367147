"""The words that refiners move: of one set, or of both sides of an alignment in their common space.

Legend: N words of all sides, E dimension.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from lingraft.errors import InputError
from lingraft.numeric.arrays import Float64
from lingraft.vectors.alignment import Alignment
from lingraft.vectors.lexicon import as_segmented
from lingraft.vectors.transformation import AffineStep, TransformedModel, apply_steps
from lingraft.vectors.vectorset import VectorSet
from lingraft.vectors.word_pairs import casings

Node = tuple[int, str]  # side (0 or 1) and word


@dataclass(frozen=True)
class WordSpace:
    """Words with vectors, and what happened to them so far.

    Args:
        sides: the sets as they came: their words, languages and subword models.
        nodes: side and word of each row: first the words of the sides, then those of graphs.
        vectors_NE: float64.
        steps: for each side, what took every vector of it here from the set as it came.
        translated: nodes whose translations were evidence, so that they cannot measure it.
        facts: of each refiner so far, for metrics.json.
    """

    sides: tuple[VectorSet, ...]
    nodes: list[Node]
    vectors_NE: Float64
    steps: tuple[tuple[AffineStep, ...], ...]
    translated: frozenset[Node] = frozenset()
    facts: tuple[Mapping[str, Any], ...] = field(default=())

    @classmethod
    def of_set(cls, vectors: VectorSet) -> "WordSpace":
        """The words of one set."""
        nodes = [(0, word) for word in vectors.words]
        translated = frozenset((0, word) for word in vectors.translated)
        return cls((vectors,), nodes, vectors.vectors_WE.astype(np.float64), ((),), translated)

    @classmethod
    def of_alignment(
        cls, source: VectorSet, target: VectorSet, alignment: Alignment
    ) -> "WordSpace":
        """The words of both sides in the common space; those of the target come second."""
        sides = (source, target)
        steps = alignment.source_steps(), alignment.target_steps()
        parts = [apply_steps(steps[side], each.vectors_WE) for side, each in enumerate(sides)]
        nodes = [(side, word) for side, each in enumerate(sides) for word in each.words]
        translated = {(side, w) for side, each in enumerate(sides) for w in each.translated}
        return cls(sides, nodes, np.concatenate(parts), steps, frozenset(translated))

    @cached_property
    def index(self) -> dict[Node, int]:
        """Row of each node."""
        return {node: row for row, node in enumerate(self.nodes)}

    def find(self, side: int, text: str) -> Node:
        """The text as a node: a word in the first casing that is known, else as it is written."""
        if (side, text) in self.index:
            return side, text
        word = as_segmented(text, self.sides[side])
        known = (form for form in casings(word) if (side, form) in self.index)
        return side, next(known, word)

    def transformed(self, step: AffineStep, facts: Mapping[str, Any]) -> "WordSpace":
        """The same step for every vector."""
        steps = tuple((*own, step) for own in self.steps)
        moved_NK = step.apply(self.vectors_NE)
        return replace(self, vectors_NE=moved_NK, steps=steps, facts=(*self.facts, facts))

    def moved(
        self, vectors_NE: Float64, facts: Mapping[str, Any], new: Iterable[Node] = ()
    ) -> "WordSpace":
        """Other vectors for the same words, and for new ones that follow them."""
        nodes = [*self.nodes, *new]
        return replace(self, nodes=nodes, vectors_NE=vectors_NE, facts=(*self.facts, facts))

    def take(self, side: int) -> VectorSet:
        """The words of one side as a set; words that a graph added come last, with count 0.

        Raises:
            InputError: a refiner made a number that is not finite.
        """
        if not np.isfinite(self.vectors_NE).all():
            raise InputError("refined vectors have NaN or infinity; is a step or weight too large?")
        base, steps = self.sides[side], self.steps[side]
        rows = [row for row, node in enumerate(self.nodes) if node[0] == side]
        counts_W = base.counts_W
        if counts_W is not None:
            counts_W = np.pad(counts_W, (0, len(rows) - len(base)))
        end = base.sentence_end
        if end is not None:
            vector_E = apply_steps(steps, end.vector_E[None])[0].astype(np.float32)
            end = replace(end, vector_E=vector_E)
        model = base.model
        return VectorSet(
            [self.nodes[row][1] for row in rows],
            self.vectors_NE[rows].astype(np.float32),
            counts_W,
            model=TransformedModel(model, steps) if model is not None and steps else model,
            language=base.language,
            lowercase=base.lowercase,
            sentence_end=end,
            translated=frozenset(word for of, word in self.translated if of == side),
        )
