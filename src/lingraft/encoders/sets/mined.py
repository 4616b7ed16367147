"""Pairs of another set with hard negatives, which a model found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from lingraft.config.base import Name
from lingraft.encoders.data.mining_rules import MiningRules
from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import SetInputs, TrainingSet
from lingraft.errors import InputError
from lingraft.evaluation.measures.embedding import Embedding


class Mined(TrainingSet, MiningRules):
    """Pairs of another set, each with the texts of the same set that a model finds nearest. Of
    translations the model reads the originals: the negatives are the translations of those that are
    nearest to the anchor."""

    kind: Literal["mined"]
    set: Name
    """The set of pairs, translations or definitions, by its name in `training_sets`."""
    model: Name
    """The model that mines, by its name in `models`."""
    embedding: Embedding = Embedding()
    """How a text becomes the miner's vector."""

    can_be_mined: ClassVar[tuple[Form, ...]] = ("pairs", "translations", "definitions")

    @property
    def form(self) -> Form:
        """Triples."""
        return "triples"

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The set and the model."""
        return ("training_sets", self.set), ("models", self.model)

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield the pairs with their negatives, language by language.

        Raises:
            InputError: the set or the model is damaged, or the set has no pairs.
        """
        from itertools import groupby

        from lingraft.encoders.data.mining import mine, triples
        from lingraft.evaluation.subject import ModelSubject

        form, examples = self._load(given)
        miner = ModelSubject(given.find("models", self.model)).embedder
        examples.sort(key=lambda example: example.language)
        for _, group in groupby(examples, key=lambda example: example.language):
            own = list(group)
            pairs = [(example.texts[0], example.texts[1]) for example in own]
            anchors_NE = miner.embed([anchor for anchor, _ in pairs], self.embedding)
            candidates_NE = anchors_NE
            if form != "translations":
                candidates_NE = miner.embed([positive for _, positive in pairs], self.embedding)
            found = mine(pairs, anchors_NE, candidates_NE, self, self.near_duplicates)
            kept = list(triples(pairs, found, self.negatives))
            given.left_out["too few hard negatives"] += len(own) - len(kept)
            for number, texts in kept:
                yield TrainingExample(own[number].id, texts, own[number].language)

    def _load(self, given: SetInputs) -> tuple[Form, list[TrainingExample]]:
        from lingraft.artifacts import TrainingSetFacts, open_artifact
        from lingraft.encoders.examples import load_examples

        folder = given.find("training_sets", self.set)
        form = open_artifact(folder, TrainingSetFacts).facts.form
        for known in self.can_be_mined:
            if form == known:
                return known, load_examples(folder)
        raise InputError(
            f"the training set {self.set} has {form}, not pairs; mine one that has "
            f"{', '.join(self.can_be_mined)}"
        )
