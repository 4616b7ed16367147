"""What a model costs: parameters, computation per token, speed, memory, energy.

Speed and energy are those of this machine at this moment; they compare models of one run and
nothing else.
"""

from typing import Any

from pydantic import Field

from lingraft.corpus.records import draw, read_texts
from lingraft.evaluation.outcome import Outcome, Score, joined, unmeasured
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric, Task, register


@register
class Efficiency(Task[ModelSubject]):
    """Parameters, computation, speed, memory and energy of a forward pass."""

    name = "efficiency"
    about = "What a forward pass costs."
    measures = ModelSubject
    packages = ("torch",)
    metrics = {
        "parameters": Metric("down"),
        "embedding_parameters": Metric("down"),
        "body_parameters": Metric("down"),
        "flops_per_token": Metric("down"),
        "tokens_per_second": Metric("up"),
        "peak_memory_bytes": Metric("down"),
        "joules_per_token": Metric("down"),
    }

    documents: int = Field(default=200, ge=1)
    """Held-out documents that speed is measured on."""
    sequence_length: int = Field(default=128, ge=8)
    """Tokens at which they are cut, and for which operations are counted."""

    def protocol(self) -> str:
        """Forward passes over held-out text."""
        return "efficiency/forward"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Counts of the model, and speed on the held-out text of each corpus."""
        from lingraft.evaluation.measures.forward_cost import flops_per_token, parameter_counts

        counts: dict[str, float] = {
            **parameter_counts(subject.model),
            "flops_per_token": flops_per_token(subject.model, self.sequence_length),
        }
        languages = subject.languages()
        found = joined(
            [
                Outcome(self._scores("all", counts, 1, split="model")),
                *(self._measure(subject, name, languages[name]) for name in languages),
            ]
        )
        if any(score.metric == "joules_per_token" for score in found.scores):
            return found
        return Outcome(found.scores, notes=["energy counters are not readable on this machine"])

    def small(self, layers: int) -> dict[str, Any]:
        """Few documents, cut early."""
        return {"documents": 20, "sequence_length": 32}

    def _measure(self, subject: ModelSubject, corpus: str, language: str) -> Outcome:
        from lingraft.evaluation.measures.forward_cost import forward_cost

        documents = draw(read_texts(subject.corpora[corpus]), self.documents)
        texts = [document.text for document in documents]
        if not texts:
            return Outcome([unmeasured(language, "tokens_per_second", "no held-out text")])
        costs = forward_cost(subject.model, subject.tokenizer, texts, self.sequence_length)
        return Outcome(self._scores(language, costs, len(texts)))

    def _scores(
        self, language: str, values: dict[str, float], n: int, split: str = "valid"
    ) -> list[Score]:
        return [
            Score(language, metric, float(value), n, self.metrics[metric].better, split)
            for metric, value in values.items()
        ]
