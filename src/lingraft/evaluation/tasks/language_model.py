"""Loss on held-out text and bits per byte, which tokenizers cannot inflate.

Bits per byte of two vocabularies still differ where the models know the same, so three rows stand
beside those of a model: the uniform, the unigram and the bigram distribution over its vocabulary.
A fourth one is that of the source model, which reads the text with a vocabulary of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.corpus.normalizing import require_same_text
from lingraft.corpus.records import held_out_documents
from lingraft.evaluation.data.reading import language_of, mark_of_corpus
from lingraft.evaluation.outcome import MODEL, Outcome, Score, joined, not_measured, unmeasured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register
from lingraft.models.scoring.settings import HeldOutMeasure

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document
    from lingraft.models.scoring.losses import DocumentLoss
    from lingraft.models.scoring.windows import DocumentWindows

BITS_PER_BYTE = "bits_per_byte"
ELSEWHERE = "bits_per_byte_elsewhere"  # of a corpus that is measured and never trained on
SOURCE = "source model"


@dataclass(frozen=True)
class _Corpus:
    """A corpus that is scored; `name` is empty if the model is trained on it."""

    role: str
    folder: Path
    language: str
    name: str = ""

    @property
    def bits(self) -> str:
        """The metric of its bits per byte."""
        return ELSEWHERE if self.name else BITS_PER_BYTE


@register
class LanguageModel(HeldOutMeasure, Task[ModelSubject]):
    """Loss on held-out text, per document, under masks that never change."""

    name = "language_model"
    about = "Held-out loss and bits per byte."
    measures = ModelSubject
    reads = ("weights", "tokenizer", "corpora", "evaluation_corpora", "source")
    metrics = {
        "loss": Metric("down", "nats"),
        BITS_PER_BYTE: Metric("down", "bits"),
        ELSEWHERE: Metric("down", "bits", "of text that the model is not trained on"),
        "perplexity": Metric("down", "nats"),
        "pseudo_perplexity": Metric("down"),
    }

    pseudo_documents: int = Field(default=0, ge=0)
    """Documents for pseudo-perplexity, which masks every token once and costs a pass for each."""
    reference_bytes: int | None = Field(default=10_000_000, ge=1)
    """Bytes of training text on which the unigrams and bigrams of the vocabulary are counted, drawn
    by the hash of the documents' ids; null takes all."""

    def protocol(self) -> str:
        """Loss per document under fixed masks."""
        return "language_model/document"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Loss and bits per byte for every corpus of the model, and for those measured alone."""
        return joined(self._measure(subject, corpus) for corpus in _corpora(subject))

    def small(self, layers: int) -> dict[str, Any]:
        """Few documents in short windows."""
        return {"documents": 20, "sequence_length": 32, "pseudo_documents": 2}

    def _measure(self, subject: ModelSubject, corpus: _Corpus) -> Outcome:
        from lingraft.evaluation.measures.source_losses import prefix_note
        from lingraft.models.objective import is_causal, is_opened
        from lingraft.models.scoring.losses import document_losses, window_losses
        from lingraft.models.scoring.windows import cut_documents

        documents = held_out_documents(corpus.folder, self.documents)
        where: dict[str, str] = {"setting": corpus.name}
        if not documents:
            reason, note = "no held-out text", f"{corpus.folder} has no held-out text"
            return not_measured(corpus.language, corpus.bits, reason, note, **where)
        if is_opened(subject.model.config):
            reason = "this decoder sees later tokens"
            note = f"{subject.folder} is a decoder with bidirectional attention: no language model"
            return not_measured(corpus.language, corpus.bits, reason, note, **where)
        text = cut_documents(subject.model, subject.tokenizer, documents, self)
        losses_W = window_losses(subject.model, text.windows, text.padding)
        causal = is_causal(subject.model.config)
        note = prefix_note(subject.tokenizer, self) if causal else ""
        own = self._outcome(corpus, documents, document_losses(text, losses_W), causal, note)
        references = self._references(subject, corpus, text, causal)
        pseudo = [] if corpus.name else documents[: self.pseudo_documents]
        more = [*references, *self._pseudo(subject, pseudo, corpus.language)]
        return joined([own, Outcome(more), self._source(subject, corpus, documents)])

    def _outcome(
        self,
        corpus: _Corpus,
        documents: Sequence["Document"],
        losses: Sequence["DocumentLoss"],
        causal: bool = False,
        note: str = "",
        system: str = MODEL,
    ) -> Outcome:
        """The scores of a system, and a record of each document; `causal` adds perplexity."""
        from lingraft.models.scoring.losses import summarize

        found = summarize(losses, causal)
        if corpus.name or system != MODEL:  # losses and perplexities compare within a vocabulary
            found = {BITS_PER_BYTE: found[BITS_PER_BYTE]}
        scores = [
            Score(
                corpus.language, corpus.bits if metric == BITS_PER_BYTE else metric, value,
                len(documents), self.metrics[metric].better, system=system, setting=corpus.name,
                seed=self.seed, standard_error=error, note=note,
            )
            for metric, (value, error) in found.items()
        ]  # fmt: skip
        place = {"language": corpus.language}
        place |= {"setting": corpus.name} if corpus.name else {}
        place |= {"system": system} if system != MODEL else {}
        records = [
            {"id": document.id} | place | asdict(loss)
            for document, loss in zip(documents, losses, strict=True)
        ]
        return Outcome(scores, records)

    def _references(
        self, subject: ModelSubject, corpus: _Corpus, text: "DocumentWindows", causal: bool
    ) -> list[Score]:
        """The rows of distributions that know the vocabulary alone, and counts of its tokens."""
        from lingraft.evaluation.measures import reference_rows

        def answer() -> dict[str, tuple[float, float]]:
            return reference_rows.bits_per_byte(
                subject.folder, corpus.folder, text, causal, self.reference_bytes
            )

        texts = reference_rows.fingerprint_of(text)
        digests = subject.own_digests["tokenizer"], subject.data_digests[corpus.role]
        question = [*digests, texts, causal, self.reference_bytes]
        return [
            Score(
                corpus.language, corpus.bits, value, len(text.tokens), "down", system=system,
                setting=corpus.name, seed=self.seed, standard_error=error,
            )
            for system, (value, error) in subject.remembered("references", question, answer).items()
        ]  # fmt: skip

    def _source(
        self, subject: ModelSubject, corpus: _Corpus, documents: Sequence["Document"]
    ) -> Outcome:
        """The untouched source model on the same documents, scored once for all its models."""
        from lingraft.evaluation.measures.source_losses import known_losses, source_losses

        if subject.source_model is None:
            return Outcome([])
        documents = as_source_reads(subject, corpus.folder, documents)
        record = [[document.id, document.text] for document in documents]
        question = [subject.source_digests, self.as_record(), record]
        found = subject.remembered(
            "source_losses",
            question,
            lambda: source_losses(*subject.source_reader, documents, self),
        )
        losses, note = known_losses(found)
        if not losses:
            return Outcome([])
        return self._outcome(corpus, documents, losses, note=note, system=SOURCE)

    def _pseudo(
        self, subject: ModelSubject, documents: Sequence["Document"], language: str
    ) -> list[Score]:
        from lingraft.evaluation.measures.pseudo_perplexity import pseudo_perplexity
        from lingraft.models.objective import is_causal

        if not documents or is_causal(subject.model.config):
            return []
        texts = [document.text for document in documents]
        name = "pseudo_perplexity"
        value = pseudo_perplexity(subject.model, subject.tokenizer, texts, self.sequence_length)
        if value is None:
            return [unmeasured(language, name, "no token in the held-out text")]
        return [Score(language, name, value, len(documents), self.metrics[name].better)]


def as_source_reads(
    subject: ModelSubject, corpus: Path, documents: Sequence["Document"]
) -> Sequence["Document"]:
    """The documents as the source model's text is written: mostly as people write them.

    Args:
        subject: it has a source model.
        corpus: the folder that they are from.
        documents: as the evaluated model reads them.

    Raises:
        InputError: the source model has another normalizer than the corpus.
    """
    from lingraft.tokenizers.text_normalizer import read_mark_of

    mark, language = mark_of_corpus(corpus, corpus.name)
    own = read_mark_of(subject.source()) if mark else {}
    if mark and not own:
        return [replace(document, text=document.original) for document in documents]
    require_same_text(mark, str(corpus), own, "the source model", language)
    return documents


def _corpora(subject: ModelSubject) -> Iterator[_Corpus]:
    """Yield the corpora that the model is trained on, and those that are measured alone."""
    for name, language in subject.languages().items():
        yield _Corpus(f"corpora/{name}", subject.corpora[name], language)
    for name, folder in subject.evaluation_corpora.items():
        language = language_of(folder, name)
        yield _Corpus(f"evaluation_corpora/{name}", folder, language, name)
