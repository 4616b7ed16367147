"""How much of retrieval is left where characters are wrong: a noised text finds the text itself.

Shapes: N texts, E embedding dimension.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from lingraft.config.base import Seed
from lingraft.corpus.documents import Document
from lingraft.corpus.records import draw, held_out_documents
from lingraft.evaluation.measures.embedding import Embedding
from lingraft.evaluation.outcome import (
    MODEL,
    Outcome,
    Score,
    binomial_error,
    joined,
    not_measured,
)
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import SHARE, Metric, Task, register

_FEWEST_TEXTS = 2
_SETTING = "noise "


def _setting(share: float) -> str:
    return f"{_SETTING}{share:g}"


@register
class Robustness(Embedding, Task[ModelSubject]):
    """Held-out texts with characters swapped, dropped or put in find themselves by cosine."""

    name = "robustness"
    about = "Noised texts find themselves among all held-out texts."
    title = "robustness"
    measures = ModelSubject
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "corpora")
    metrics = {"accuracy": Metric("up", "hits", limits=SHARE)}

    noise: tuple[Annotated[float, Field(ge=0.0, le=1.0)], ...] = Field(
        (0.0, 0.1, 0.2), min_length=1
    )
    """Shares of the characters (grapheme clusters) that are changed, one curve of them."""
    seed: Seed = 0
    """Seed of the noise."""
    sentences: int | None = Field(default=300, ge=_FEWEST_TEXTS)
    """Held-out texts per language, drawn by the hash of their ids; null takes all."""
    minimum_characters: int = Field(default=10, ge=1)
    """Shorter texts are left out: with noise, little of them is left."""

    @field_validator("noise")
    @classmethod
    def _check_settings(cls, shares: tuple[float, ...]) -> tuple[float, ...]:
        written = [_setting(share) for share in shares]
        if len(set(written)) < len(written):
            raise ValueError("noise: two shares are the same to six digits; delete one of them")
        return shares

    def protocol(self) -> str:
        """One protocol: the share of noise is the setting of a score."""
        return "robustness/itself"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy@1 for each share of noise and language."""
        return joined(
            self._measure(subject, language, self._texts(subject, name))
            for name, language in subject.languages().items()
        )

    @staticmethod
    def share_of(setting: str) -> float | None:
        """The share of noise that a score's setting names; None if it names none."""
        return float(setting.removeprefix(_SETTING)) if setting.startswith(_SETTING) else None

    def small(self, layers: int) -> dict[str, Any]:
        """Few texts."""
        return {"sentences": 20}

    def _texts(self, subject: ModelSubject, name: str) -> list[Document]:
        """Documents of different texts: a text that occurs twice has no single right answer."""
        found = held_out_documents(subject.corpora[name], None)
        known = {document.text: document for document in found}
        usable = [d for d in known.values() if len(d.text.strip()) >= self.minimum_characters]
        return draw(sorted(usable, key=lambda document: document.id), self.sentences)

    def _measure(
        self, subject: ModelSubject, language: str, documents: Sequence[Document]
    ) -> Outcome:
        if len(documents) < _FEWEST_TEXTS:
            reason = f"{len(documents)} usable held-out texts, {_FEWEST_TEXTS} are needed"
            return not_measured(language, "accuracy@1", reason, n=len(documents))
        return joined(self._curve(subject, language, documents))

    def _curve(
        self, subject: ModelSubject, language: str, documents: Sequence[Document]
    ) -> Iterator[Outcome]:
        """The outcome of each share of noise."""
        from lingraft.evaluation.data.noise import noised
        from lingraft.evaluation.measures.ranks import cosine, gold_ranks, search_records

        texts = [document.text for document in documents]
        keys_NE = subject.plain_embedder.embed(texts, self)
        for share in self.noise:
            queries = [noised(text, share, self.seed) for text in texts]
            similarity_NN = cosine(subject.plain_embedder.embed(queries, self), keys_NE)
            ranks_N = gold_ranks(similarity_NN)
            hits = float((ranks_N <= 1).mean())
            setting = _setting(share)
            score = Score(
                language, "accuracy@1", hits, len(texts), setting=setting,
                standard_error=binomial_error(hits, len(texts)),
            )  # fmt: skip
            where = {"language": language, "setting": setting, "system": MODEL}
            ids = [document.id for document in documents]
            yield Outcome([score], list(search_records(ids, similarity_NN, ranks_N, where)))
