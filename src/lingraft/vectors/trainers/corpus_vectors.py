"""What the trainers share that read the text of one corpus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import PositiveInt

from lingraft.config.base import Name
from lingraft.config.names import unknown
from lingraft.errors import ConfigError, InputError
from lingraft.vectors.inputs import VectorInputs
from lingraft.vectors.terms import AnyTermFinder
from lingraft.vectors.trainers.trainer import Trainer

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class CorpusTrainer(Trainer):
    """Word vectors that are learned from the training text of a corpus."""

    corpus: Name
    """The corpus whose training text the vectors learn from."""
    only: list[Name] | None = None
    """Learn only from the text of these sources of the corpus. Unset: from all. Two sets of vectors
    are aligned far better where both languages speak of the same things."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus."""
        return (("corpora", self.corpus),)

    @property
    def facts(self) -> dict[str, Any]:
        """As of every trainer; the vectors are of words, not of tokens."""
        return {"trainer": self.trainer, "unit": "word", **super().facts}

    def language_of(self, sections: Mapping[str, Any]) -> str | None:
        """The language of the corpus."""
        language: str | None = sections["corpora"][self.corpus].language
        return language

    def misfit(self, sections: Mapping[str, Any]) -> str | None:
        """A name in `only` that is no source of the corpus's texts."""
        for name in self.only or ():
            sources = {text.source for text in sections["corpora"][self.corpus].texts}
            if problem := unknown(name, sources, "only", f"corpora.{self.corpus}.texts"):
                return problem
        return None


class CorpusVectors(CorpusTrainer):
    """Word vectors that are trained on the training text of a corpus."""

    dimension: PositiveInt = 100
    """Length of a vector. An alignment needs at least twice as many dictionary pairs."""
    minimum_count: PositiveInt = 5
    """Words seen less often get no vector of their own (subwords still give them one)."""
    lowercase: bool = False
    """Fold the text to lower case first, as an uncased source tokenizer does."""
    terms: AnyTermFinder | None = None
    """Terms of several words that get a vector of their own, in place of their words. Dictionaries
    look them up, too. Unset: none."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpus, and what terms are read from."""
        return (*super().made_from, *(() if self.terms is None else self.terms.made_from))

    def make(self, given: VectorInputs, threads: int) -> VectorSet:
        """Train on the training text.

        Raises:
            ConfigError: the corpus does not say its language.
            InputError: the corpus is not given, has no text, or no word is frequent enough.
        """
        return self.train(*self.read_text(given), threads)

    def read_text(self, given: VectorInputs) -> tuple[Iterable[str], str]:
        """The training text with its terms joined, and its language.

        Args:
            given: the folders of what `made_from` names.

        Raises:
            ConfigError: the corpus does not say its language.
            InputError: the corpus is not given, or a file of terms is not usable.
        """
        texts, language = read_training_text(given, self.corpus, self.only)
        if self.terms is None:
            return texts, language
        from lingraft.corpus.words import split_words
        from lingraft.vectors.phrases import Phrases, join_in_texts

        def fold(text: str) -> str:
            return text.lower() if self.lowercase else text

        def lines() -> Iterator[list[str]]:
            for text in texts:
                for line in fold(text).split("\n"):
                    yield split_words(line, language)

        phrases = Phrases(fold(term) for term in self.terms.find(lines, language, given))
        return join_in_texts(texts, language, self.lowercase, phrases), language

    def train(self, texts: Iterable[str], language: str, threads: int = 1) -> VectorSet:
        """Train on texts.

        Args:
            texts: documents; each line of a document is a context of its own.
            language: as in swh_Latn; decides the segmentation.
            threads: CPU threads.

        Raises:
            InputError: there is no text, no word is frequent enough, or training diverged.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class TrainingText:
    """The documents of a corpus, or those of some of its sources; they can be read repeatedly."""

    corpus: str
    path: Path
    only: Sequence[str] | None = None

    def __iter__(self) -> Iterator[str]:
        """The documents in their order.

        Raises:
            InputError: the corpus has no text of one of the sources.
        """
        from lingraft.corpus.documents import read_documents

        seen = set()
        for document in read_documents(self.path):
            seen.add(source := document.metadata.get("source"))
            if self.only is None or source in self.only:
                yield document.text
        for name in self.only or ():
            if name not in seen:
                known = ", ".join(sorted(map(str, seen)))
                raise InputError(
                    f"corpus {self.corpus!r} has no text of source {name!r}; it has {known}"
                )


def read_training_text(
    given: VectorInputs, corpus: str, only: Sequence[str] | None = None
) -> tuple[Iterable[str], str]:
    """The training text of a corpus, document by document, and its language.

    Args:
        given: the folders of what vectors are made from.
        corpus: a name among them.
        only: sources whose text counts; all by default.

    Raises:
        ConfigError: the corpus does not say its language.
        InputError: the corpus is not given.
    """
    found = given.open("corpora", corpus)
    language = found.facts.language
    if language is None:
        raise ConfigError(f"corpus {found.folder} does not say its language; make it again")
    return TrainingText(corpus, found.file("train.jsonl.zst"), only), language
