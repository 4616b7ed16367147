"""Word vectors by senses that the context chooses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from lingraft.vectors.trainers.context_vectors import SampledVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.senses import DisambiguatedSkipGram
    from lingraft.vectors.learning.stopping import Epoch
    from lingraft.vectors.learning.text import EncodedText
    from lingraft.vectors.vectorset import VectorSet


class DisambiguatedVectors(SampledVectors):
    """Several senses a word, which the context chooses (Grzegorczyk and Kurdziel, 2018), collapsed
    to one vector; `senses.npz` has them all."""

    trainer: Literal["disambiguated-skip-gram"]
    """disambiguated-skip-gram learns several senses of each word and how its context tells them."""
    senses: Annotated[int, Field(ge=2)] = 5
    """Senses of a word at most."""
    collapse: Literal["prior-mean", "most-frequent"] = "prior-mean"
    """The vector of a word: the mean of its senses by their probability, or the most probable."""
    smallest_prior: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Senses that are less probable over the whole text are pruned."""
    shared_epochs: PositiveInt = 1
    """Passes before `epochs`, in which all words tell their senses by the same parameters."""
    entropy_weight: NonNegativeFloat = 0.1
    """In these passes, how much the entropy of the senses is rewarded: 0 may leave some unused."""

    def learn(self, text: EncodedText) -> Iterator[Epoch]:
        """Train, one epoch at a time; see `LearnedVectors.learn`."""
        from functools import partial

        from lingraft.vectors.learning.senses import DisambiguatedSkipGram, train_senses

        model = DisambiguatedSkipGram(
            len(text.words), self.dimension, self.senses, self.entropy_weight, self.seed
        )
        for loss in train_senses(text, model, self.sampling(), self.shared_epochs):
            yield partial(self._vectors, text, model, loss)

    def _vectors(self, text: EncodedText, model: DisambiguatedSkipGram, loss: float) -> VectorSet:
        found = model.found(text, self.sampling(), self.smallest_prior)
        live = float((found.priors_WS > 0).sum(axis=1).mean())
        return text.vector_set(
            found.collapsed(self.collapse),
            facts={"loss": loss, "senses_mean": live},
            tables={"senses": {"vectors": found.vectors_WSE, "priors": found.priors_WS}},
        )
