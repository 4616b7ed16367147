"""Word vectors trained with fastText on a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import NonNegativeInt, PositiveFloat, PositiveInt, model_validator

from lingraft.config.base import Name
from lingraft.errors import ConfigError
from lingraft.vectors.trainers.trainer import Trainer

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.artifacts import Artifact
    from lingraft.vectors.vectorset import VectorSet


class FasttextVectors(Trainer):
    """Word vectors trained with fastText on a corpus; defaults are fastText's own."""

    trainer: Literal["fasttext"] = "fasttext"
    """fasttext trains vectors on a corpus; pretrained reads them from a download."""
    corpus: Name
    """The corpus whose training text the vectors learn from."""
    model: Literal["skipgram", "cbow"] = "skipgram"
    """skipgram learns rare words better; cbow is several times faster."""
    dimension: PositiveInt = 100
    """Length of a vector. An alignment needs at least twice as many dictionary pairs."""
    epochs: PositiveInt = 5
    """Passes over the corpus; small corpora need 10 to 30."""
    learning_rate: PositiveFloat = 0.05
    """Initial learning rate, decayed linearly to zero."""
    minimum_count: PositiveInt = 5
    """Words seen less often get no vector of their own (subwords still give them one)."""
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
    lowercase: bool = False
    """Fold the text to lower case first, as an uncased source tokenizer does."""

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

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus."""
        return (("corpora", self.corpus),)

    def language_of(self, corpora: Mapping[str, Any]) -> str | None:
        """The language of the corpus."""
        language: str | None = corpora[self.corpus].language
        return language

    def open(self, corpus: Path | None, download: Path | None) -> dict[str, Artifact[Any]]:
        """Open the corpus.

        Raises:
            ConfigError: it is not given, or does not say its language.
            ArtifactError: a file of it is missing or damaged.
        """
        from lingraft.artifacts import CorpusFacts, open_artifact

        if corpus is None:
            raise ConfigError("training vectors needs a corpus; give its folder by `corpus=`")
        text = open_artifact(corpus, CorpusFacts)
        if text.facts.language is None:
            raise ConfigError(f"corpus {corpus} does not say its language; make it again")
        return {"corpus": text}

    def make(self, inputs: Mapping[str, Artifact[Any]], threads: int) -> VectorSet:
        """Train on the training text; with more than one thread no run repeats another exactly.

        Raises:
            InputError: there is no text, no word is frequent enough, or training diverged.
        """
        from lingraft.corpus.documents import read_documents

        corpus = inputs["corpus"]
        documents = read_documents(corpus.file("train.jsonl.zst"))
        texts = (document.text for document in documents)
        return self.train(texts, corpus.facts.language, threads)

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
        facts = {**vectors.facts, "settings": self.model_dump(mode="json")}
        return replace(vectors, facts=facts)
