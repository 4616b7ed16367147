"""Loss on held-out text and bits per byte, which tokenizers cannot inflate."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pydantic import Field

from lingraft.corpus.records import held_out_documents
from lingraft.evaluation.outcome import Outcome, Score, joined, not_measured, unmeasured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register
from lingraft.models.scoring.settings import HeldOutMeasure

if TYPE_CHECKING:
    from lingraft.corpus.documents import Document


@register
class LanguageModel(HeldOutMeasure, Task[ModelSubject]):
    """Loss on held-out text, per document, under masks that never change."""

    name = "language_model"
    about = "Held-out loss and bits per byte."
    measures = ModelSubject
    metrics = {
        "loss": Metric("down", "nats"),
        "bits_per_byte": Metric("down", "bits"),
        "perplexity": Metric("down", "nats"),
        "pseudo_perplexity": Metric("down"),
    }

    pseudo_documents: int = Field(default=0, ge=0)
    """Documents for pseudo-perplexity, which masks every token once and costs a pass for each."""

    def protocol(self) -> str:
        """Loss per document under fixed masks."""
        return "language_model/document"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Loss and bits per byte for every corpus of the model."""
        languages = subject.languages()
        return joined(self._measure(subject, name, languages[name]) for name in languages)

    def small(self, layers: int) -> dict[str, Any]:
        """Few documents in short windows."""
        return {"documents": 20, "sequence_length": 32, "pseudo_documents": 2}

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        from lingraft.models.objective import is_causal, is_opened
        from lingraft.models.scoring.losses import document_losses, summarize, window_losses
        from lingraft.models.scoring.windows import cut_documents

        folder = subject.corpora[corpus]
        documents = held_out_documents(folder, self.documents)
        if not documents:
            reason, note = "no held-out text", f"{folder} has no held-out text"
            return not_measured(language, "bits_per_byte", reason, note)
        if is_opened(subject.model.config):
            reason = "this decoder sees later tokens"
            note = f"{subject.folder} is a decoder with bidirectional attention: no language model"
            return not_measured(language, "bits_per_byte", reason, note)
        text = cut_documents(subject.model, subject.tokenizer, documents, self)
        losses_W = window_losses(subject.model, text.windows, text.padding)
        losses = document_losses(text, losses_W)
        values = summarize(losses, is_causal(subject.model.config))
        scores = [
            Score(
                language, metric, value, len(documents), self.metrics[metric].better,
                seed=self.seed, standard_error=error,
            )
            for metric, (value, error) in values.items()
        ]  # fmt: skip
        scores += self._pseudo(subject, documents[: self.pseudo_documents], language)
        return Outcome(
            scores,
            [
                {"id": document.id, "language": language} | asdict(loss)
                for document, loss in zip(documents, losses, strict=True)
            ],
        )

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
