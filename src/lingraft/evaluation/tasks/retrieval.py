"""Sentence retrieval: does the nearest sentence of the other language say the same?

The papers' SR-B and SR-T (OFA, Glot500) are `query_model: same`, layer 8, mean pooling with
special tokens, English queries, repeated texts kept, accuracy@10; the result then carries the
protocol id `retrieval/sr`.

Shapes: N pairs, E embedding dimension.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from lingraft.config.base import Name
from lingraft.corpus.documents import Pair
from lingraft.evaluation.data.reading import held_out_pairs
from lingraft.evaluation.dynamic_reading import FrozenReading
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import Outcome, joined, not_measured
from lingraft.evaluation.sentence_search import SentenceSearch
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import register

_PROTOCOL_KEYS = {"layer", "pooling", "special_tokens", "query_model", "queries", "unique"}
_PAPERS = {
    "layer": 8, "pooling": "mean", "special_tokens": True, "query_model": "same",
    "queries": "pivot", "unique": False,
}  # fmt: skip


@register
class Retrieval(Embedding, SentenceSearch, FrozenReading):
    """Finding the translation of a sentence among all sentences by cosine."""

    name = "retrieval"
    about = "Sentence retrieval against the pivot language."
    measures = ModelSubject
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "source", "corpora", "pivots")

    query_model: Literal["source", "same"] = "source"
    """Which model embeds the pivot's side: the source model, which reads its own language best, or
    the evaluated model itself, as the papers do."""

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

    def small(self, layers: int) -> dict[str, Any]:
        """Few pairs, from a layer that the small model has."""
        return {"sentences": 20, "layer": min(self.layer, layers)}

    def _measure(self, subject: ModelSubject, language: str, read: Sequence[Pair]) -> Outcome:
        pairs = self.select(read)
        if (lacking := self.too_few(pairs, language)) is not None:
            return lacking
        queries_NE = subject.embed_pivot([p.source for p in pairs], self, self.query_model)
        keys_NE = subject.embedder.embed([p.target for p in pairs], self)
        if queries_NE.shape[1] != keys_NE.shape[1]:
            reason = (
                f"the query model's vectors have {queries_NE.shape[1]} numbers, those of the model "
                f"{keys_NE.shape[1]}; `query_model: same` compares the model with itself"
            )
            return not_measured(language, "accuracy@1", reason, n=len(pairs))
        found = self.search(pairs, queries_NE, keys_NE, language)
        cut = subject.embedder.count_cut([pair.target for pair in pairs], self)
        note = f"{language}: {cut} of {len(pairs)} sentences were longer than the model and cut"
        return replace(found, notes=[note] if cut else [])


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
