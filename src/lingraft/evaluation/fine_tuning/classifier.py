"""Fine-tuned classification of texts and of pairs of texts.

Shapes: N examples.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lingraft.config.dynamic import Dynamic
from lingraft.evaluation.data.reading import Example
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.fine_tuning.loop import Encoded, collate, fine_tune, load_with_head
from lingraft.evaluation.fine_tuning.reading import SPACED, ExampleReading, training_reading
from lingraft.evaluation.fine_tuning.recipe import FineTuning, Quirks, Split
from lingraft.evaluation.measures.probes import MAJORITY, macro_f1, majority, records, score
from lingraft.evaluation.outcome import MODEL, Outcome, Score
from lingraft.evaluation.subject import ModelSubject
from lingraft.models.rows import batch_tokens, batches_by_length, longest_input
from lingraft.models.token_types import TOKEN_TYPES, has_token_types
from lingraft.tokenizers.dynamic.boundaries import spaces_before, writes_spaces

_GLOT500_BATCH = 8  # Glot500 averages macro-F1 over batches of this size


@dataclass
class Classifier:
    """A fine-tuned model with its labels; `development_score` is that of the kept epoch.

    `majority` is the most frequent label in training: what a score has to beat.
    """

    model: Any
    tokenizer: Any
    labels: list[str]
    majority: str
    settings: FineTuning
    quirks: Quirks = "correct"
    development_score: float = float("nan")
    reading: ExampleReading = field(default_factory=ExampleReading)

    @classmethod
    def train(
        cls,
        split: Split[Example],
        settings: FineTuning,
        subject: ModelSubject,
        seed: int,
        checkpoint: Path | None,
        quirks: Quirks = "correct",
    ) -> "Classifier":
        """Fine-tune on a split; labels are those of the training set, in alphabetical order.

        Args:
            split: examples to train on, and those that select the epoch.
            settings: the recipe.
            subject: the model and its tokenizer.
            seed: of head, order and dropout.
            checkpoint: file from which a killed training resumes; None keeps none.
            quirks: whose code is followed.
        """
        from transformers import AutoModelForSequenceClassification

        labels = sorted({example.label for example in split.train})
        head = AutoModelForSequenceClassification
        model = load_with_head(subject.folder, head, labels, subject.tokenizer, seed)
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        (most,) = majority([example.label for example in split.train], 1)
        trained = cls(model, subject.tokenizer, labels, most, settings, quirks)
        progress = fine_tune(
            model,
            trained.encode(split.train),
            lambda _: trained.development(split.development),
            settings,
            seed,
            subject.tokenizer.pad_token_id or 0,
            checkpoint=checkpoint,
            drop_every_other_batch=quirks == "ofa",
            reading=training_reading(model, subject.tokenizer, settings.dynamic, seed),
        )
        trained.development_score = progress.best
        return trained

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Token ids of each example, and the label's number where training knows the label."""
        encoded = self._tokenize(examples)
        types = [TOKEN_TYPES] if has_token_types(self.model.config) else []
        names = [name for name in encoded if name in ("input_ids", "attention_mask", *types)]
        number = {label: i for i, label in enumerate(self.labels)}
        limits = self._limits(encoded, examples)
        return [
            {name: encoded[name][i] for name in names}
            | ({SPACED: limits[i]} if limits else {})
            | {"label": number.get(example.label, -100)}
            for i, example in enumerate(examples)
        ]

    def read_with(self, dynamic: Dynamic | None) -> ReadingCosts:
        """Read the next test set in this way; returns what will be counted.

        Args:
            dynamic: with one number of merges; None reads texts as the tokenizer cuts them.
        """
        self.reading = ExampleReading.of(self.model, self.tokenizer, dynamic)
        return self.reading.costs

    def _limits(self, encoded: Any, examples: Sequence[Example]) -> list[list[bool]] | None:
        """Where merges stop at white space that the vocabulary does not write."""
        if self.settings.dynamic is None or writes_spaces(self.tokenizer):
            return None
        seconds = [example.second or "" for example in examples]
        return spaces_before(encoded.encodings, [example.text for example in examples], seconds)

    def _tokenize(self, examples: Sequence[Example]) -> Any:
        pairs = [example.second for example in examples]
        return self.tokenizer(
            [example.text for example in examples],
            pairs if any(pair is not None for pair in pairs) else None,
            truncation=True,
            max_length=min(self.settings.maximum_length, longest_input(self.model, self.tokenizer)),
        )

    @torch.inference_mode()
    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Logits (N, labels) on the CPU, in the order of the examples."""
        self.model.eval()
        with self.reading.costs.timed(self.model.device.type):
            rows = self.reading.rows(self.encode(examples))
            result = torch.zeros(len(rows), len(self.labels))
            for batch in batches_by_length(
                [len(r["input_ids"]) for r in rows], batch_tokens(self.model)
            ):
                # Batches are sorted by length; `batch` has the numbers of its rows, which restores
                # the order.
                result[batch] = self._logits_of([rows[i] for i in batch])
        return result

    def _logits_of(self, rows: Sequence[Encoded]) -> torch.Tensor:
        with self.reading.batch(rows) as read:
            inputs = collate(read, self.tokenizer.pad_token_id or 0, self.model.device)
            inputs.pop("labels")
            logits: torch.Tensor = self.model(**inputs).logits
        return logits.float().cpu()

    def predict(self, examples: Sequence[Example]) -> list[str]:
        """The most likely label of each example."""
        return [self.labels[i] for i in self.logits(examples).argmax(dim=1).tolist()]

    def development(self, examples: Sequence[Example]) -> float:
        """The number that selects the epoch, higher is better; NaN without examples."""
        if not examples:
            return math.nan
        gold = [example.label for example in examples]
        if self.quirks == "glot500":
            number = {label: i for i, label in enumerate(self.labels)}
            known = [e for e in examples if e.label in number]
            targets = torch.tensor([number[example.label] for example in known])
            return -float(torch.nn.functional.cross_entropy(self.logits(known), targets))
        predicted = self.predict(examples)
        if self.settings.main_metric == "macro_f1":
            return macro_f1(gold, predicted)
        return sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold)

    def measure(self, items: Sequence[Example], language: str, setting: str, seed: int) -> Outcome:
        """Scores, predictions and notes for one test set.

        Args:
            items: the test examples.
            language: of the test examples.
            setting: mode of the task.
            seed: of the training.
        """
        predicted = {MODEL: self.predict(items), MAJORITY: [self.majority] * len(items)}
        scores = list(score(predicted, items, language, setting, split="test", seed=seed))
        if self.quirks == "glot500":
            value = _batched_macro_f1(items, predicted[MODEL])
            scores = [s for s in scores if (s.metric, s.system) != ("macro_f1", MODEL)]
            scores.append(
                Score(
                    language, "macro_f1", value, len(items), split="test", setting=setting,
                    seed=seed,
                )
            )  # fmt: skip
        rows = list(records({MODEL: predicted[MODEL]}, items, language, setting, seed=seed))
        return Outcome(scores, rows, list(self._notes(items, language)))

    def _notes(self, items: Sequence[Example], language: str) -> Iterator[str]:
        unseen = sorted({item.label for item in items} - set(self.labels))
        if unseen:
            yield f"{language}: labels that training lacks count as errors: {', '.join(unseen)}"
        cut = sum(bool(e.overflowing) for e in self._tokenize(items).encodings)
        if cut:
            yield f"{language}: {cut} of {len(items)} test texts were longer than the model reads"


def _batched_macro_f1(items: Sequence[Example], predicted: Sequence[str]) -> float:
    """The mean of macro-F1 over batches, as Glot500's script has it (labels of each batch)."""
    from sklearn.metrics import f1_score

    values = []
    for start in range(0, len(items), _GLOT500_BATCH):
        gold = [item.label for item in items[start : start + _GLOT500_BATCH]]
        found = predicted[start : start + _GLOT500_BATCH]
        values.append(float(f1_score(gold, found, average="macro", zero_division=0)))
    return sum(values) / len(values)
