"""Reranking: does a query's vector order a few candidates, and better once it has read them?

E2Rank (Liu et al. 2025, arXiv:2510.22733) embeds an instruction, the numbered candidates and the
query as one text, and ranks the candidates by the cosine of this vector with the vectors of each
alone. Both are measured for every model: the plain query, and this listwise query.

Without a dataset the lists are made from held-out pairs: the query is a sentence of the pivot, and
the candidates are the translations of the sentences most like it, its own among them. They depend
on no evaluated model, so all models order the same lists.

Shapes: Q queries, C candidates of a query, D documents of all lists, E embedding dimension.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from lingraft.config.base import Name
from lingraft.evaluation.data.ranked_lists import RankedList, read_ranked_lists
from lingraft.evaluation.data.reading import usable_pairs
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.measures.listwise import INSTRUCTION, listwise_prompt
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, joined, not_measured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, register

if TYPE_CHECKING:
    from lingraft.numeric.arrays import Float32

PLAIN = "plain query"
LISTWISE = "listwise query"


@register
class Reranking(Embedding, FrozenReading):
    """Ordering the candidates of a query, by its plain vector and after it has read them."""

    name = "reranking"
    about = "Ordering a query's candidates, plain and by the listwise prompt of E2Rank."
    title = "reranking"
    measures = ModelSubject
    reads: ClassVar[tuple[str, ...]] = (
        "weights", "tokenizer", "source", "corpora", "pivots", "data",
    )  # fmt: skip
    packages = ("scikit-learn",)
    metrics = {
        "ndcg": Metric("up", "values"),
        "mean_reciprocal_rank": Metric("up", "reciprocal_ranks"),
    }
    dataset = "rankings"

    data: Name | None = None
    """Ranked lists, by their name in `datasets`; null makes lists from held-out pairs."""
    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs per language, drawn by the hash of their ids; null takes all."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""
    candidates: int = Field(default=10, ge=2)
    """Candidates of a query in lists from held-out pairs."""
    first_stage: Literal["ngrams", "source"] = "ngrams"
    """What finds sentences of the pivot that are like the query: shared character trigrams, or the
    source model."""
    query_model: Literal["source", "same"] = "source"
    """Which model embeds queries of the pivot and their prompts: the source model or the evaluated
    one. A model that was trained on such prompts needs `same`."""
    instruction: str = INSTRUCTION
    """How the listwise prompt begins."""
    document_characters: int | None = Field(default=100, ge=1)
    """Length at which a candidate is cut in the prompt, so that the query is still read; null for
    never."""
    cutoffs: tuple[int, ...] = (10,)
    """The k of ndcg@k."""

    def protocol(self) -> str:
        """Own lists, or lists from pairs and who embeds the queries."""
        return "reranking/lists" if self.data else f"reranking/{self.query_model}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """nDCG@k and mean reciprocal rank by the plain and by the listwise query."""
        return joined(self._measure(subject, *part) for part in self.lists(subject))

    def lists(self, subject: ModelSubject) -> Iterator[tuple[str, list[RankedList]]]:
        """Yield each language with its lists."""
        if self.data is not None:
            for language, folder in subject.dataset(self.data).items():
                yield language, read_ranked_lists(folder)
            return
        for name, language in subject.languages().items():
            yield language, self._from_pairs(subject, name)

    def small(self, layers: int) -> dict[str, Any]:
        """Few short lists, from a layer that the small model has."""
        return {"sentences": 20, "candidates": 5, "layer": min(self.layer, layers)}

    def _from_pairs(self, subject: ModelSubject, name: str) -> list[RankedList]:
        from lingraft.evaluation.measures.copied_tokens import ngram_similarity
        from lingraft.evaluation.measures.ranks import cosine
        from lingraft.evaluation.measures.reranking import hardest_candidates

        folder, pivot = subject.corpora[name], subject.pivots.get(name)
        pairs = usable_pairs(folder, pivot, self.minimum_characters, self.sentences)
        if len(pairs) < 2:
            return []
        queries = [pair.source for pair in pairs]
        if self.first_stage == "ngrams":
            similarity_NN = ngram_similarity(queries, queries)
        else:
            vectors_NE = subject.embed_pivot(queries, self, "source")
            similarity_NN = cosine(vectors_NE, vectors_NE)
        return [
            RankedList(
                pair.id,
                pair.source,
                tuple(pairs[c].target for c in chosen_C),
                tuple(float(c == i) for c in chosen_C),
            )
            for i, (pair, chosen_C) in enumerate(
                zip(pairs, hardest_candidates(similarity_NN, self.candidates), strict=True)
            )
        ]

    def _measure(
        self, subject: ModelSubject, language: str, lists: Sequence[RankedList]
    ) -> Outcome:
        if not lists:
            reason = "there is no ranked list, and no two usable held-out pairs"
            return not_measured(language, f"ndcg@{self.cutoffs[0]}", reason)
        scores: list[Score] = []
        predictions: list[Prediction] = []
        for setting, system, similarities in self._similarities(subject, lists):
            where = {"language": language, "setting": setting, "system": system}
            rated = [
                {"id": found.id, **where, **self._rating(found, similarity_C)}
                for found, similarity_C in zip(lists, similarities, strict=True)
            ]
            scores += self._scores(rated, where)
            predictions += rated
        cut = subject.plain_embedder.count_cut(self._prompts(lists), self)
        note = f"{language}: {cut} of {len(lists)} prompts were cut, so their queries were not read"
        return Outcome(scores, predictions, [note] if cut else [])

    def _prompts(self, lists: Sequence[RankedList]) -> list[str]:
        return [
            listwise_prompt(
                found.query, found.documents, self.instruction, self.document_characters
            )
            for found in lists
        ]

    def _similarities(
        self, subject: ModelSubject, lists: Sequence[RankedList]
    ) -> "Iterator[tuple[str, str, list[Float32]]]":
        """Yield (kind of query, system, for each list the similarity of its documents)."""
        import numpy as np

        from lingraft.evaluation.measures import copied_tokens
        from lingraft.evaluation.measures.ranks import cosine

        vectors_DE = subject.embedder.embed([d for f in lists for d in f.documents], self)
        ends = np.cumsum([len(found.documents) for found in lists])
        documents = np.split(vectors_DE, ends[:-1])
        for setting, queries_QE in self._queries(subject, lists).items():
            similarities = [
                cosine(query_E[None], documents_CE)[0]
                for query_E, documents_CE in zip(queries_QE, documents, strict=True)
            ]
            yield setting, MODEL, similarities
        copied = [copied_tokens.ngram_similarity([f.query], f.documents)[0] for f in lists]
        yield PLAIN, copied_tokens.SYSTEM, copied

    def _queries(self, subject: ModelSubject, lists: Sequence[RankedList]) -> "dict[str, Float32]":
        """Vectors of the queries by their kind; nothing else stands before a listwise prompt."""
        queries, prompts = [found.query for found in lists], self._prompts(lists)
        if self.data is None and self.query_model == "source":
            return {
                PLAIN: subject.embed_pivot(queries, self, "source"),
                LISTWISE: subject.embed_pivot(prompts, self, "source"),
            }
        return {
            PLAIN: subject.query_embedder.embed(queries, self),
            LISTWISE: subject.plain_embedder.embed(prompts, self),
        }

    def _rating(self, found: RankedList, similarity_C: "Float32") -> dict[str, float]:
        """What one list adds to the scores."""
        import numpy as np

        from lingraft.evaluation.measures.reranking import first_relevant_rank, ndcg

        relevance_C = np.array(found.relevance)
        gains = {f"ndcg@{k}": ndcg(relevance_C, similarity_C, k) for k in self.cutoffs}
        return gains | {"rank": first_relevant_rank(relevance_C, similarity_C)}

    def _scores(self, rated: Sequence[Prediction], where: Mapping[str, str]) -> Iterator[Score]:
        import numpy as np

        n, split = len(rated), "test" if self.data else "valid"
        values = {f"ndcg@{k}": [row[f"ndcg@{k}"] for row in rated] for k in self.cutoffs}
        values["mean_reciprocal_rank"] = [1 / row["rank"] for row in rated]
        for metric, own in values.items():
            error = float(np.std(own) / math.sqrt(n))
            yield Score(
                where["language"], metric, float(np.mean(own)), n, split=split,
                system=where["system"], setting=where["setting"], standard_error=error,
            )  # fmt: skip
