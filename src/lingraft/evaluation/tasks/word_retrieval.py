"""Sentence retrieval by aligned word vectors: what a bag of words reaches without a model.

The vector of a sentence is that of smooth inverse frequency (Arora, Liang and Ma, 2017); each side
has the words, frequencies and common components of its own language.

Shapes: N pairs, K dimension of the common space.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.evaluation.data.reading import held_out_pairs, language_of
from lingraft.evaluation.outcome import Outcome, joined
from lingraft.evaluation.sentence_search import SentenceSearch
from lingraft.evaluation.task import Task, register
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.evaluation.word_subjects import AlignmentSubject

if TYPE_CHECKING:
    from lingraft.numeric.arrays import AnyFloats, Float64
    from lingraft.vectors.vectorset import VectorSet


@register
class WordRetrieval(SentenceSearch, Task[AlignmentSubject]):
    """Finding the translation of a sentence by the aligned vectors of its words."""

    name = "word_retrieval"
    about = "Sentence retrieval by aligned word vectors (SIF), once for each alignment."
    title = "sentences of words"
    measures = AlignmentSubject
    reads = ("folder", "vectors", "corpora", "pivots")
    packages = ("numpy", "scipy")

    sif_weight: float = Field(default=1e-3, gt=0)
    """The a of a word's weight a / (a + p), where p is its share of the vectors' text: a smaller
    one lets frequent words count less."""
    common_components: int = Field(default=1, ge=0)
    """Directions that all sentences of a side share, which are taken out of its vectors."""

    def protocol(self) -> str:
        """Always `retrieval/words`."""
        return "retrieval/words"

    def evaluate(self, subject: AlignmentSubject) -> Outcome:
        """Accuracy@k of the words and of the copied-token baseline, for every corpus."""
        return joined(self._measure(subject, name) for name in subject.corpora)

    def is_reference_of(self, other: Task[Any]) -> bool:
        """Whether it is retrieval of the same pairs of the corpora."""
        return type(other) is Retrieval and self.chooses_as(other)

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs."""
        return {"sentences": 20}

    def _measure(self, subject: AlignmentSubject, name: str) -> Outcome:
        from lingraft.vectors.alignment import Alignment

        corpus = subject.corpora[name]
        language = language_of(corpus, name)
        pairs = self.select(held_out_pairs(corpus, subject.pivots.get(name)))
        if (lacking := self.too_few(pairs, language)) is not None:
            return lacking
        alignment = Alignment.load(subject.folder)
        source, target = subject.vectors("source"), subject.vectors("target")
        queries_NK = self._embed([p.source for p in pairs], source, alignment.map_source)
        keys_NK = self._embed([p.target for p in pairs], target, alignment.map_target)
        empty = sum(not row.any() for row in keys_NK)
        note = f"{language}: {empty} of {len(pairs)} sentences have no word with a vector"
        found = self.search(pairs, queries_NK, keys_NK, language)
        return replace(found, notes=[note] if empty else [])

    def _embed(
        self,
        sentences: Sequence[str],
        vectors: "VectorSet",
        to_common: "Callable[[AnyFloats], AnyFloats]",
    ) -> "Float64":
        from lingraft.evaluation.words.sentence_vectors import weighted_means, without_common
        from lingraft.vectors.phrases import words_as_in

        words = list(words_as_in(vectors, sentences))
        means_NK = weighted_means(words, vectors, to_common, self.sif_weight)
        return without_common(means_NK, self.common_components)
