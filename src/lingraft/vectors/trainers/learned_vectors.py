"""What the trainers share whose mathematics is ours: a text of ids, and epochs of training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from pydantic import PositiveInt

from lingraft.config.base import Block, Name, Seed
from lingraft.config.patterns import Pattern
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.trainers.corpus_vectors import CorpusVectors

if TYPE_CHECKING:
    from lingraft.vectors.learning.stopping import Epoch, Score
    from lingraft.vectors.learning.text import EncodedText
    from lingraft.vectors.vectorset import VectorSet


class Development(Block):
    """The word pairs that decide which epoch of the vectors is kept."""

    source: Name
    """The source (download) with the file."""
    path: Pattern
    """The file inside the download: two words a line, split by a tab, and a third column with
    their similarity as people judged it. Without that column the pairs are synonyms."""
    patience: PositiveInt = 3
    """Training stops after so many epochs in a row that are no better than the best so far."""


class LearnedVectors(CorpusVectors):
    """Word vectors that are learned on a text whose rare words are left out."""

    def train(
        self,
        texts: Iterable[str],
        language: str,
        threads: int = 1,
        score: Score | None = None,
        patience: int = 1,
    ) -> VectorSet:
        """Train on texts.

        Args:
            texts: documents; each line of a document is a context of its own.
            language: as in swh_Latn; decides the segmentation.
            threads: CPU threads.
            score: chooses the epoch; without it the last one counts.
            patience: epochs to wait for a better score.

        Raises:
            ConfigError: the training diverged.
            InputError: there is no text, no word is frequent enough, or too few are.
        """
        from dataclasses import replace

        from lingraft.vectors.learning.descent import torch_threads
        from lingraft.vectors.learning.stopping import keep_best
        from lingraft.vectors.learning.text import encode
        from lingraft.vectors.segmentation import segmented

        text = encode(segmented(texts, language, self.lowercase), self.minimum_count)
        with torch_threads(threads):
            found = keep_best(self.learn(text), score, patience)
        facts = {**found.facts, **self.facts}
        return replace(found, language=language, lowercase=self.lowercase, facts=facts)

    def learn(self, text: EncodedText) -> Iterator[Epoch]:
        """Train, one epoch whenever the next item is asked for.

        Yields:
            What makes the vectors of the moment, with `text.vector_set` for the words' order.
        """
        raise NotImplementedError


class IterativeVectors(LearnedVectors):
    """Word vectors that are learned in epochs."""

    epochs: PositiveInt = 10
    """Passes over the text, at most; small corpora need 10 to 30."""
    seed: Seed = 0
    """Seed of the start and of all that is drawn."""
    until: Development | None = None
    """Keep the epoch whose vectors are best on a development set, and stop when it has been
    passed. Unset: all epochs, and the last one counts."""

    depends_on_threads: ClassVar[bool] = True

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus, and the download with the development set."""
        until = () if self.until is None else (("sources", self.until.source),)
        return (*super().made_from, *until)

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Train on the training text, until the development set says so.

        Raises:
            ConfigError: the corpus does not say its language, or the training diverged.
            InputError: an input is not given, the development set is not usable, the corpus has no
                text, or no word is frequent enough.
        """
        texts, language = self.read_text(given)
        if self.until is None:
            return self.train(texts, language, threads)
        from lingraft.vectors.learning.development import read_judgements

        judgements = read_judgements(given.download(self.until.source) / self.until.path)
        return self.train(texts, language, threads, judgements.score, self.until.patience)
