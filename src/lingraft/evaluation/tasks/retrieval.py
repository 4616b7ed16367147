"""Sentence retrieval: does the nearest sentence of the other language say the same?

The papers' SR-B and SR-T (OFA, Glot500) are `query_model: same`, layer 8, mean pooling with
special tokens, English queries, repeated texts kept, accuracy@10; the result then carries the
protocol id `retrieval/sr`.

Shapes: Q queries, K keys, N pairs.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from lingraft.config.base import Name
from lingraft.corpus.documents import Pair
from lingraft.corpus.records import draw
from lingraft.evaluation.data.reading import at_least, held_out_pairs, without_repeats
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import (
    MODEL,
    Outcome,
    Prediction,
    Score,
    binomial_error,
    joined,
    not_measured,
)
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FEWEST_PAIRS = 2
_PROTOCOL_KEYS = {"layer", "pooling", "special_tokens", "query_model", "queries", "unique"}
_PAPERS = {
    "layer": 8, "pooling": "mean", "special_tokens": True, "query_model": "same",
    "queries": "pivot", "unique": False,
}  # fmt: skip


@register
class Retrieval(Embedding, Task[ModelSubject]):
    """Finding the translation of a sentence among all sentences by cosine."""

    name = "retrieval"
    about = "Sentence retrieval against the pivot language."
    measures = ModelSubject
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "source", "corpora", "pivots")
    metrics = {
        "accuracy": Metric("up", "hits"),
        "mean_reciprocal_rank": Metric("up", "reciprocal_ranks"),
    }

    sentences: int | None = Field(default=300, ge=2)
    """Held-out pairs per language, drawn by the hash of their ids; null takes all."""
    query_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's side: the source model, which reads its own language best, or
    the evaluated model itself, as the papers do."""
    queries: Literal["pivot", "target", "both"] = "pivot"
    """Which side is searched with; the papers search with the English sentences."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of accuracy@k."""
    unique: bool = True
    """Leave out pairs whose text occurs twice on either side: they have no single right answer.
    The papers keep them."""
    minimum_characters: int = Field(default=1, ge=1)
    """Pairs with a shorter side are left out."""

    def protocol(self) -> str:
        """`retrieval/sr` for the papers' setting, else `retrieval/<who embeds the queries>`."""
        return "retrieval/sr" if self.is_papers else f"retrieval/{self.query_model}"

    @property
    def is_papers(self) -> bool:
        """Whether vectors and choice of pairs are those of the papers."""
        return self.model_dump(include=_PROTOCOL_KEYS) == _PAPERS

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy@k of the model and of the copied-token baseline, for every target language."""
        return joined(self._measure(subject, *part) for part in self.pairs(subject))

    def pairs(self, subject: ModelSubject) -> Iterator[tuple[str, list[Pair]]]:
        """Yield each language with its pairs, here those held out of the corpora."""
        for name, language in subject.languages().items():
            yield language, held_out_pairs(subject.corpora[name], subject.pivots.get(name))

    def select(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs that are measured; the choice depends on texts and ids alone."""
        pairs = at_least(pairs, self.minimum_characters)
        if self.unique:
            pairs = without_repeats(pairs)
        return draw(pairs, self.sentences)

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs, from a layer that the small model has."""
        return {"sentences": 20, "layer": min(self.layer, layers)}

    def _measure(self, subject: ModelSubject, language: str, read: Sequence[Pair]) -> Outcome:
        from lingraft.evaluation.measures.ranks import gold_ranks

        pairs = self.select(read)
        if len(pairs) < _FEWEST_PAIRS:
            reason = f"{len(pairs)} usable held-out pairs, {_FEWEST_PAIRS} are needed"
            return not_measured(language, "accuracy@1", reason, n=len(pairs))
        queries_NE = subject.embed_pivot([p.source for p in pairs], self, self.query_model)
        keys_NE = subject.embedder.embed([p.target for p in pairs], self)
        if queries_NE.shape[1] != keys_NE.shape[1]:
            reason = (
                f"the query model's vectors have {queries_NE.shape[1]} numbers, those of the model "
                f"{keys_NE.shape[1]}; `query_model: same` compares the model with itself"
            )
            return not_measured(language, "accuracy@1", reason, n=len(pairs))
        scores: list[Score] = []
        predictions: list[Prediction] = []
        for setting, system, similarity_QK in self._similarities(pairs, queries_NE, keys_NE):
            ranks_Q = gold_ranks(similarity_QK)
            where = {"language": language, "setting": setting, "system": system}
            scores += self._scores(ranks_Q, where)
            predictions += _predictions(pairs, similarity_QK, ranks_Q, where)
        cut = subject.embedder.count_cut([pair.target for pair in pairs], self)
        note = f"{language}: {cut} of {len(pairs)} sentences were longer than the model and cut"
        return Outcome(scores, predictions, [note] if cut else [])

    def _similarities(
        self,
        pairs: Sequence[Pair],
        queries_NE: "npt.NDArray[np.float32]",
        keys_NE: "npt.NDArray[np.float32]",
    ) -> Iterator[tuple[str, str, "npt.NDArray[np.float32]"]]:
        """Yield (direction, system, similarity of queries and keys)."""
        from lingraft.evaluation.measures import copied_tokens
        from lingraft.evaluation.measures.ranks import cosine

        pivots, targets = [p.source for p in pairs], [p.target for p in pairs]
        similarity_NN = cosine(queries_NE, keys_NE)
        copied_NN = copied_tokens.ngram_similarity(pivots, targets)
        if self.queries in ("pivot", "both"):
            yield "pivot to target", MODEL, similarity_NN
            yield "pivot to target", copied_tokens.SYSTEM, copied_NN
        if self.queries in ("target", "both"):
            yield "target to pivot", MODEL, similarity_NN.T
            yield "target to pivot", copied_tokens.SYSTEM, copied_NN.T

    def _scores(
        self, ranks_Q: "npt.NDArray[np.int64]", where: Mapping[str, str]
    ) -> Iterator[Score]:
        n = len(ranks_Q)
        for k in self.cutoffs:
            share = float((ranks_Q <= k).mean())
            yield _score(f"accuracy@{k}", share, n, binomial_error(share, n), where)
        reciprocal_Q = 1 / ranks_Q
        error = float(reciprocal_Q.std() / math.sqrt(n))
        yield _score("mean_reciprocal_rank", float(reciprocal_Q.mean()), n, error, where)


class PaperRetrieval(Retrieval):
    """Sentence retrieval as OFA and Glot500 run it, on a dataset of sentence pairs."""

    reads = ("weights", "tokenizer", "data")
    dataset = "pairs"

    data: Name
    """The pairs, by their name in `datasets`."""
    layer: int = 8
    """Index into the hidden states; the papers take the output of the eighth block."""
    sentences: int | None = Field(default=None, ge=2)
    """Pairs per language, drawn by the hash of their ids; null takes all."""
    query_model: Literal["source", "same"] = "same"
    """The papers embed both sides with the evaluated model."""
    unique: bool = False
    """Leave out pairs whose text occurs twice on either side; the papers keep them."""
    cutoffs: tuple[int, ...] = (1, 5, 10)
    """The k of accuracy@k; the papers publish accuracy@10."""

    benchmark: str
    """The name by which it joins published numbers."""

    def protocol(self) -> str:
        """`retrieval/<benchmark>` for the papers' setting, else also who embeds the queries."""
        name = f"retrieval/{self.benchmark}"
        return name if self.is_papers else f"{name}-{self.query_model}"

    def pairs(self, subject: ModelSubject) -> Iterator[tuple[str, list[Pair]]]:
        """Yield each language of the dataset with its pairs."""
        for language, folder in subject.dataset(self.data).items():
            yield language, held_out_pairs(folder, None)


def _score(metric: str, value: float, n: int, error: float, where: Mapping[str, str]) -> Score:
    return Score(
        where["language"], metric, value, n, system=where["system"], setting=where["setting"],
        standard_error=error,
    )  # fmt: skip


def _predictions(
    pairs: Sequence[Pair],
    similarity_QK: "npt.NDArray[np.float32]",
    ranks_Q: "npt.NDArray[np.int64]",
    where: Mapping[str, str],
) -> Iterator[Prediction]:
    best_Q = similarity_QK.argmax(axis=1)
    for i, pair in enumerate(pairs):
        yield {
            "id": pair.id,
            **where,
            "rank": int(ranks_Q[i]),
            "found": pairs[best_Q[i]].id,
            "similarity": round(float(similarity_QK[i, i]), 6),
        }
