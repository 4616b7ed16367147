"""Diagnostics of the embedding space: why a model finds translations, or does not.

The texts are the target sides of held-out pairs; a corpus without a pivot gives its held-out
documents, and what needs pairs is then not measured. The definitions are in `measures/geometry.py`.

Shapes: N texts, E embedding dimension.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from lingraft.corpus.documents import Document, Pair
from lingraft.corpus.records import held_out_documents
from lingraft.evaluation.data.reading import usable_pairs
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import (
    Direction,
    Outcome,
    Prediction,
    Score,
    joined,
    not_measured,
)
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, register

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32, Float64

_FEWEST_TEXTS = 3


@register
class EmbeddingSpace(Embedding, FrozenReading):
    """How the vectors of held-out texts fill the space, and how near translations lie."""

    name = "embedding_space"
    about = "Diagnostics of the embedding space, such as anisotropy and hubness."
    title = "space"
    measures = ModelSubject
    is_diagnostic = True
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "source", "corpora", "pivots")
    metrics = {
        "anisotropy": Metric("none", "values", "mean cosine of two different texts"),
        "uniformity": Metric("down", "values", "how unevenly directions are filled, log scale"),
        "effective_rank": Metric("none", None, "dimensions that the texts fill"),
        "alignment": Metric("down", "values", "squared distance of a text from its translation"),
        "hubness": Metric("down", None, "skewness of how often a text is among the k nearest"),
        "anti_hubs": Metric("down", None, "share of texts that are never among the k nearest"),
    }

    sentences: int | None = Field(default=300, ge=_FEWEST_TEXTS)
    """Held-out pairs per language, drawn by the hash of their ids; null takes all."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""
    query_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's side: the source model or the evaluated one."""
    neighbors: int = Field(default=10, ge=1)
    """The k of hubness@k and anti_hubs@k: nearest neighbors of a pivot sentence that count."""

    def protocol(self) -> str:
        """The id says who embeds the pivot's texts."""
        return f"embedding_space/{self.query_model}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """All diagnostics, for each corpus."""
        languages = subject.languages()
        return joined(self._measure(subject, name, languages[name]) for name in languages)

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs and neighbors, from a layer that the small model has."""
        return {"sentences": 20, "neighbors": 3, "layer": min(self.layer, layers)}

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        import numpy as np

        from lingraft.evaluation.measures import geometry

        pairs, documents = self._texts(subject, corpus)
        if len(documents) < _FEWEST_TEXTS:
            reason = f"{len(documents)} held-out texts, {_FEWEST_TEXTS} are needed"
            return self._gap(language, "anisotropy", reason)
        vectors_NE = subject.embedder.embed([document.text for document in documents], self)
        if not np.isfinite(vectors_NE).all():
            return self._gap(language, "anisotropy", "the model's vectors are not finite")
        values = {
            "anisotropy": geometry.anisotropy(vectors_NE),
            "uniformity": geometry.uniformity(vectors_NE),
        }
        numbers = {"effective_rank": geometry.effective_rank(vectors_NE)}
        gaps = []
        if pairs:
            pivots_NE = subject.embed_pivot([p.source for p in pairs], self, self.query_model)
            values["alignment"] = geometry.alignment(vectors_NE, pivots_NE)
            numbers |= self._hubs(pivots_NE, vectors_NE)
        else:
            reason = f"fewer than {_FEWEST_TEXTS} usable held-out pairs"
            gaps.append(self._gap(language, "alignment", reason))
        if pairs and len(pairs) <= self.neighbors:
            reason = f"{len(pairs)} pairs, more than {self.neighbors} neighbors are needed"
            gaps.append(self._gap(language, f"hubness@{self.neighbors}", reason))
        found = Outcome(
            list(self._scores(language, values, numbers, len(documents))),
            list(_records(documents, language, values)),
        )
        return joined([found, *gaps])

    def _texts(self, subject: ModelSubject, corpus: str) -> tuple[list[Pair], list[Document]]:
        """The held-out pairs with their target sides, or no pairs and held-out documents."""
        folder, pivot = subject.corpora[corpus], subject.pivots.get(corpus)
        pairs = usable_pairs(folder, pivot, self.minimum_characters, self.sentences)
        if len(pairs) < _FEWEST_TEXTS:
            return [], held_out_documents(folder, self.sentences)
        return pairs, [Document(pair.id, pair.target) for pair in pairs]

    def _hubs(self, pivots_NE: "Float32", vectors_NE: "Float32") -> dict[str, float]:
        from lingraft.evaluation.measures.geometry import occurrences, skewness

        if len(vectors_NE) <= self.neighbors:  # every text would be near every sentence
            return {}
        counts_N = occurrences(pivots_NE, vectors_NE, self.neighbors)
        return {
            f"hubness@{self.neighbors}": skewness(counts_N),
            f"anti_hubs@{self.neighbors}": float((counts_N == 0).mean()),
        }

    def _scores(
        self,
        language: str,
        values: Mapping[str, "Float64"],
        numbers: Mapping[str, float],
        n: int,
    ) -> Iterator[Score]:
        for metric, values_N in values.items():
            error = float(values_N.std(ddof=1) / math.sqrt(n))
            yield Score(
                language, metric, float(values_N.mean()), n, self._better(metric),
                standard_error=error,
            )  # fmt: skip
        for metric, value in numbers.items():
            yield Score(language, metric, value, n, self._better(metric))

    def _gap(self, language: str, metric: str, reason: str) -> Outcome:
        return not_measured(language, metric, reason, better=self._better(metric))

    def _better(self, metric: str) -> Direction:
        return self.metrics[metric.partition("@")[0]].better


def _records(
    documents: Sequence[Document], language: str, values: Mapping[str, "Float64"]
) -> Iterator[Prediction]:
    for i, document in enumerate(documents):
        own = {metric: float(values_N[i]) for metric, values_N in values.items()}
        yield {"id": document.id, "language": language, **own}
