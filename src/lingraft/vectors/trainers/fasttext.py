"""Word vectors trained with fastText on a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from lingraft.vectors.trainers.corpus_vectors import CorpusVectors

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class FasttextVectors(CorpusVectors):
    """Word vectors trained with fastText on a corpus; defaults are fastText's own."""

    trainer: Literal["fasttext"] = "fasttext"
    """fasttext trains vectors on a corpus; pretrained reads them from a download."""
    model: Literal["skipgram", "cbow"] = "skipgram"
    """skipgram learns rare words better; cbow is several times faster."""
    epochs: PositiveInt = 5
    """Passes over the corpus; small corpora need 10 to 30."""
    learning_rate: PositiveFloat = 0.05
    """Initial learning rate, decayed linearly to zero."""
    window: PositiveInt = 5
    """Words on each side that count as context, at most."""
    negatives: PositiveInt = 5
    """Negative samples per positive one."""
    shortest_ngram: NonNegativeInt = 3
    """Shortest character n-gram, word boundaries included; for Chinese 1 gives characters."""
    longest_ngram: NonNegativeInt = 6
    """Longest character n-gram; 0 trains plain word2vec without subwords."""
    buckets: PositiveInt = 2_000_000
    """Hash buckets for n-grams; each costs 4 bytes x dimension in memory and on disk."""
    sampling_threshold: PositiveFloat = 1e-4
    """Words more frequent than this share of the text are dropped at random."""

    depends_on_threads: ClassVar[bool] = True
    small: ClassVar[Mapping[str, Any]] = {
        "dimension": 16, "epochs": 3, "minimum_count": 1, "buckets": 2000
    }  # fmt: skip

    @model_validator(mode="after")
    def _ngrams_are_ordered(self) -> Self:
        if 0 < self.longest_ngram < self.shortest_ngram:
            raise ValueError("longest_ngram must be 0 or at least shortest_ngram")
        return self

    @property
    def has_subwords(self) -> bool:
        """Whether any text, not only a known word, gets a vector."""
        return self.longest_ngram > 0

    def train(self, texts: Iterable[str], language: str, threads: int = 1) -> VectorSet:
        """Train on texts.

        Args:
            texts: documents; each line of a document is a context of its own.
            language: as in swh_Latn; decides the segmentation.
            threads: with more than one the result is not reproducible.

        Raises:
            InputError: there is no text, no word is frequent enough, or training diverged.
        """
        from dataclasses import replace

        from lingraft.vectors.training import train_word_vectors

        options = {
            "model": self.model,
            "dim": self.dimension,
            "epoch": self.epochs,
            "lr": self.learning_rate,
            "minCount": self.minimum_count,
            "ws": self.window,
            "neg": self.negatives,
            "minn": self.shortest_ngram if self.has_subwords else 0,
            "maxn": self.longest_ngram,
            "bucket": self.buckets,
            "t": self.sampling_threshold,
        }
        vectors = train_word_vectors(
            texts, language, options, lowercase=self.lowercase, threads=threads
        )
        return replace(vectors, facts=self.facts)
