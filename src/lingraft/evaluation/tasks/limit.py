"""LIMIT in any language: can single vectors tell apart all pairs of a few documents?

The data set of Weller et al. 2025 (arXiv:2508.21038), built from a corpus's own words: each query
asks for one attribute, exactly two documents have it, and the queries cover the pairs of
documents. Word overlap solves it; single-vector models mostly do not.
"""

import math
from typing import Annotated, Any

from pydantic import Field

from lingraft.config.base import Seed
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, register

FREE_VECTORS = "free vectors"  # the `system` of scores that depend on no model
_FEWEST_QUERIES = 10


@register
class Limit(Embedding, FrozenReading):
    """LIMIT (Weller et al. 2025) built from a corpus's own words."""

    name = "limit"
    about = "LIMIT with words of the corpora."
    title = "LIMIT"
    measures = ModelSubject
    brings_texts = True
    is_diagnostic = True
    metrics = {
        "recall": Metric("up", "values", "share of a query's two documents among the k nearest"),
        "critical_documents": Metric("none"),
    }

    documents: int = Field(default=46, ge=3)
    """Number of documents; each query asks for a pair of them."""
    queries: int = Field(default=1000, ge=1)
    """Queries, one for each pair of documents and at most as many as there are pairs."""
    document_template: str = "{name}: {attributes}."
    """A document; in English the paper has "{name} likes {attributes}."."""
    query_template: str = "{attribute}?"
    """A query; in English the paper has "Who likes {attribute}?"."""
    cutoffs: tuple[int, ...] = (2, 10)
    """The k of recall@k."""
    seed: Seed = 0
    """Seed of names, attributes and pairs, and of free vectors."""
    free_dimensions: tuple[Annotated[int, Field(ge=2)], ...] = ()
    """Numbers of dimensions in which free vectors are fitted, without a model and once for all: the
    score is the largest number of documents all of whose pairs they tell apart (the paper's
    critical n). About 10 s each for [2, 3, 4]; larger ones take much longer."""

    def protocol(self) -> str:
        """LIMIT's construction with words of the corpus."""
        return "limit/corpus-words"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Recall@k of the model and of character n-grams, for each corpus; and free vectors."""
        languages = subject.languages()
        parts = [self._measure(subject, name, languages[name]) for name in languages]
        free = [self._free(subject, dimensions) for dimensions in self.free_dimensions]
        return joined([*parts, Outcome(free)])

    def small(self, layers: int) -> dict[str, Any]:
        """Few documents and queries, from a layer that the small model has."""
        return {"documents": 6, "queries": 15, "layer": min(self.layer, layers)}

    def _free(self, subject: ModelSubject, dimensions: int) -> Score:
        from lingraft.evaluation.measures.free_vectors import critical_documents

        question = {"dimensions": dimensions, "seed": self.seed}
        found: int = subject.remembered(
            "free_vectors", question, lambda: critical_documents(dimensions, self.seed)
        )
        return Score(
            "all", "critical_documents", found, math.comb(found, 2), "none",
            split="generated", system=FREE_VECTORS, setting=f"{dimensions} dimensions",
        )  # fmt: skip

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        from lingraft.evaluation.measures.copied_tokens import SYSTEM, ngram_similarity
        from lingraft.evaluation.measures.limit_collection import frequent_words, generate
        from lingraft.evaluation.measures.ranks import cosine, top_hits

        words = frequent_words(subject.corpora[corpus], language)
        made = generate(words, self.documents, self.queries, self.seed)
        documents, queries = made.texts(self.document_template, self.query_template)
        if len(queries) < _FEWEST_QUERIES:
            reason = f"the corpus has words for {len(queries)} queries only"
            return not_measured(language, f"recall@{self.cutoffs[0]}", reason)
        notes = []
        if len(queries) < self.queries:
            notes.append(f"{language}: words for {len(queries)} queries only")
        embed = subject.embedder.embed
        scores: list[Score] = []
        predictions: list[Prediction] = []
        for system, similarity_QN in (
            (MODEL, cosine(embed(queries, self), embed(documents, self))),
            (SYSTEM, ngram_similarity(queries, documents)),
        ):
            found_Q = top_hits(similarity_QN, made.relevant_Q2, self.cutoffs)
            for k, recall_Q in found_Q.items():
                error = float(recall_Q.std() / math.sqrt(len(recall_Q)))
                scores.append(
                    Score(
                        language, f"recall@{k}", float(recall_Q.mean()), len(recall_Q),
                        split="generated", system=system, standard_error=error,
                    )
                )  # fmt: skip
            if system == MODEL:
                predictions += [
                    {"id": str(q), "language": language}
                    | {f"recall@{k}": float(recall_Q[q]) for k, recall_Q in found_Q.items()}
                    for q in range(len(queries))
                ]
        if cut := subject.embedder.count_cut(documents, self):
            notes.append(f"{language}: {cut} documents were longer than the model and cut")
        return Outcome(scores, predictions, notes)
