"""Fine-tuned classification of texts and text pairs: XNLI, Taxi1500, any labelled set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lingraft.config.evaluation import FineTuning, Taxi1500, TextClassification, Xnli
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import Example, draw, has_records, read_examples
from lingraft.evaluation.fine_tuning.loop import Encoded, collate, fine_tune, load_with_head
from lingraft.evaluation.fine_tuning.runs import Split, run
from lingraft.evaluation.measures.embed import batch_tokens, batches_by_length, longest_input
from lingraft.evaluation.measures.probes import MAJORITY, macro_f1, majority, records, score
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score
from lingraft.evaluation.subject import Subject
from lingraft.models.token_types import TOKEN_TYPES, has_token_types

_COMPAT_BATCH = 8  # Glot500 averages macro-F1 over batches of this size


def protocol(settings: FineTuning) -> str:
    """The family, the mode, and how Taxi1500's quirks are treated."""
    if isinstance(settings, Xnli):
        return f"xnli_finetune/{settings.mode}"
    if isinstance(settings, Taxi1500):
        return f"taxi1500/{settings.compat}-{settings.mode}"
    assert isinstance(settings, TextClassification)  # noqa: S101
    return f"text_classification/{settings.mode}"


def evaluate(settings: Xnli | TextClassification, subject: Subject) -> Outcome:
    """Accuracy and macro-F1 on each language's test set, for every seed."""

    def train(split: Split[Example], seed: int, checkpoint: Path | None) -> "Classifier":
        return Classifier.train(split, settings, subject, seed, checkpoint)

    main = "accuracy" if isinstance(settings, Xnli) else "macro_f1"
    return run(settings, settings.mode, subject, lambda p: read_split(p, settings), train, main)


def read_split(folder: Path, settings: FineTuning) -> Split[Example]:
    """The parts of one language; the development set is `valid`, or `dev`."""

    def part(name: str) -> list[Example]:
        examples = read_examples(folder, name) if has_records(folder, name) else []
        if isinstance(settings, Xnli) and any(example.second is None for example in examples):
            raise InputError(f"{folder}: {name} has examples without premise and hypothesis")
        return examples

    development = "valid" if has_records(folder, "valid") else "dev"
    return Split(
        draw(part("train"), settings.train_examples),
        draw(part(development), settings.development_examples),
        draw(part("test"), settings.test_examples),
    )


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
    development_score: float = float("nan")

    @classmethod
    def train(
        cls,
        split: Split[Example],
        settings: FineTuning,
        subject: Subject,
        seed: int,
        checkpoint: Path | None,
    ) -> "Classifier":
        """Fine-tune on a split; labels are those of the training set, in alphabetical order."""
        from transformers import AutoModelForSequenceClassification

        labels = sorted({example.label for example in split.train})
        head = AutoModelForSequenceClassification
        model = load_with_head(subject.folder, head, labels, subject.tokenizer, seed)
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        (most,) = majority([example.label for example in split.train], 1)
        trained = cls(model, subject.tokenizer, labels, most, settings)
        progress = fine_tune(
            model,
            trained.encode(split.train),
            lambda _: trained.development(split.development),
            settings,
            seed,
            subject.tokenizer.pad_token_id or 0,
            checkpoint=checkpoint,
            drop_every_other_batch=_compat(settings) == "ofa",
        )
        trained.development_score = progress.best
        return trained

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """Token ids of each example, and the label's number where training knows the label."""
        encoded = self._tokenize(examples)
        types = [TOKEN_TYPES] if has_token_types(self.model.config) else []
        names = [name for name in encoded if name in ("input_ids", "attention_mask", *types)]
        number = {label: i for i, label in enumerate(self.labels)}
        return [
            {name: encoded[name][i] for name in names} | {"label": number.get(example.label, -100)}
            for i, example in enumerate(examples)
        ]

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
        rows = self.encode(examples)
        padding = self.tokenizer.pad_token_id or 0
        result = torch.zeros(len(rows), len(self.labels))
        for batch in batches_by_length(
            [len(r["input_ids"]) for r in rows], batch_tokens(self.model)
        ):
            inputs = collate([rows[i] for i in batch], padding, self.model.device)
            inputs.pop("labels")
            result[batch] = self.model(**inputs).logits.float().cpu()
        return result

    def predict(self, examples: Sequence[Example]) -> list[str]:
        """The most likely label of each example."""
        return [self.labels[i] for i in self.logits(examples).argmax(dim=1).tolist()]

    def development(self, examples: Sequence[Example]) -> float:
        """The number that selects the epoch, higher is better."""
        gold = [example.label for example in examples]
        if _compat(self.settings) == "glot500":
            number = {label: i for i, label in enumerate(self.labels)}
            known = [e for e in examples if e.label in number]
            targets = torch.tensor([number[example.label] for example in known])
            return -float(torch.nn.functional.cross_entropy(self.logits(known), targets))
        predicted = self.predict(examples)
        if not isinstance(self.settings, Xnli):
            return macro_f1(gold, predicted)
        return sum(a == b for a, b in zip(gold, predicted, strict=True)) / len(gold)

    def measure(
        self, items: Sequence[Example], language: str, setting: str, seed: int
    ) -> tuple[list[Score], list[Prediction], list[str]]:
        """Scores, predictions and notes for one test set."""
        predicted = {MODEL: self.predict(items), MAJORITY: [self.majority] * len(items)}
        scores = list(score(predicted, items, language, setting, split="test", seed=seed))
        if _compat(self.settings) == "glot500":
            value = _batched_macro_f1(items, predicted[MODEL])
            scores = [s for s in scores if (s.metric, s.system) != ("macro_f1", MODEL)]
            scores.append(
                Score(
                    language,
                    "macro_f1",
                    value,
                    len(items),
                    split="test",
                    setting=setting,
                    seed=seed,
                )
            )
        rows = list(records({MODEL: predicted[MODEL]}, items, language, setting, seed=seed))
        return scores, rows, list(self._notes(items, language))

    def _notes(self, items: Sequence[Example], language: str) -> Iterator[str]:
        unseen = sorted({item.label for item in items} - set(self.labels))
        if unseen:
            yield f"{language}: labels that training lacks count as errors: {', '.join(unseen)}"
        cut = sum(bool(e.overflowing) for e in self._tokenize(items).encodings)
        if cut:
            yield f"{language}: {cut} of {len(items)} test texts were longer than the model reads"


def _compat(settings: FineTuning) -> str:
    return settings.compat if isinstance(settings, Taxi1500) else "correct"


def _batched_macro_f1(items: Sequence[Example], predicted: Sequence[str]) -> float:
    """The mean of macro-F1 over batches, as Glot500's script has it (labels of each batch)."""
    from sklearn.metrics import f1_score

    values = []
    for start in range(0, len(items), _COMPAT_BATCH):
        gold = [item.label for item in items[start : start + _COMPAT_BATCH]]
        found = predicted[start : start + _COMPAT_BATCH]
        values.append(float(f1_score(gold, found, average="macro", zero_division=0)))
    return sum(values) / len(values)
