"""Fine-tuned token classification: named entities and parts of speech.

The first piece of a word carries its tag. Sentences longer than the model are split into windows,
so that no word is lost; a word without pieces, or with more than fit into a window, becomes the
unknown token. F1 is seqeval's over entities. On parts of speech, which have no B- and I-, seqeval
cuts the first letter of each tag and merges equal neighbors; that number is in the papers
(`seqeval_f1`), so it is a score beside the token accuracy.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lingraft.config.dynamic import Dynamic
from lingraft.evaluation.data.tag_files import Sentence
from lingraft.evaluation.dynamic.costs import ReadingCosts
from lingraft.evaluation.fine_tuning.loop import Encoded, collate, fine_tune, load_with_head
from lingraft.evaluation.fine_tuning.reading import SPACED, ExampleReading, training_reading
from lingraft.evaluation.fine_tuning.recipe import FineTuning, Split
from lingraft.evaluation.outcome import Outcome, Prediction, Score, binomial_error
from lingraft.evaluation.subject import ModelSubject
from lingraft.models.rows import batch_tokens, batches_by_length, longest_input

_IGNORED = -100  # label of a position that has no tag
_METRIC = "seqeval_f1"


@dataclass(frozen=True)
class WordWindow:
    """A part of a sentence that the model reads at once.

    Attributes:
        ids: token ids with special tokens.
        places: position of the first piece of each word in `ids`.
        first_word: index of the first word in its sentence.
    """

    sentence: int
    ids: list[int]
    places: list[int]
    first_word: int


def windows(sentences: Sequence[Sentence], tokenizer: Any, limit: int) -> list[WordWindow]:
    """Cut sentences into windows, between words only.

    Args:
        sentences: words with tags.
        tokenizer: the model's tokenizer.
        limit: the most tokens of a window, special tokens included.
    """
    opening, closing = _special_tokens(tokenizer)
    room = limit - len(opening) - len(closing)
    result = []
    for number, sentence in enumerate(sentences):
        ids, places, first = list[int](), list[int](), 0
        for word, pieces in enumerate(_pieces(sentence.words, tokenizer, room)):
            if len(ids) + len(pieces) > room:
                result.append(WordWindow(number, [*opening, *ids, *closing], places, first))
                ids, places, first = [], [], word
            places.append(len(opening) + len(ids))
            ids += pieces
        if places:
            result.append(WordWindow(number, [*opening, *ids, *closing], places, first))
    return result


@dataclass
class Tagger:
    """A fine-tuned model with its tags; `development_score` is that of the kept epoch."""

    model: Any
    tokenizer: Any
    tags: list[str]
    settings: FineTuning
    development_score: float = float("nan")
    reading: ExampleReading = field(default_factory=ExampleReading)

    @classmethod
    def train(
        cls,
        split: Split[Sentence],
        settings: FineTuning,
        subject: ModelSubject,
        seed: int,
        checkpoint: Path | None,
    ) -> "Tagger":
        """Fine-tune on a split; the tags are those of the training set, in alphabetical order.

        Args:
            split: sentences to train on, and those that select the epoch.
            settings: the recipe.
            subject: the model and its tokenizer.
            seed: of head, order and dropout.
            checkpoint: file from which a killed training resumes; None keeps none.
        """
        from transformers import AutoModelForTokenClassification

        tags = sorted({tag for sentence in split.train for tag in sentence.tags})
        head = AutoModelForTokenClassification
        model = load_with_head(subject.folder, head, tags, subject.tokenizer, seed)
        model.to("cuda" if torch.cuda.is_available() else "cpu")
        trained = cls(model, subject.tokenizer, tags, settings)
        progress = fine_tune(
            model,
            trained.encode(split.train),
            lambda _: trained.development(split.development),
            settings,
            seed,
            subject.tokenizer.pad_token_id or 0,
            checkpoint=checkpoint,
            reading=training_reading(model, subject.tokenizer, settings.dynamic, seed),
        )
        trained.development_score = progress.best
        return trained

    def encode(self, sentences: Sequence[Sentence]) -> list[Encoded]:
        """Windows with the tag's number at the first piece of each word."""
        number = {tag: i for i, tag in enumerate(self.tags)}
        rows: list[Encoded] = []
        for window in self._windows(sentences):
            labels = [_IGNORED] * len(window.ids)
            tags = sentences[window.sentence].tags
            for word, place in enumerate(window.places, start=window.first_word):
                labels[place] = number.get(tags[word], _IGNORED)
            row: dict[str, Sequence[int]] = {**_encoded(window), "labels": labels}
            if self.settings.dynamic is None:
                del row[SPACED]
            rows.append(row)
        return rows

    def read_with(self, dynamic: Dynamic | None) -> ReadingCosts:
        """Read the next test set in this way; returns what will be counted.

        Args:
            dynamic: with one number of merges; None reads texts as the tokenizer cuts them.
        """
        self.reading = ExampleReading.of(self.model, self.tokenizer, dynamic)
        return self.reading.costs

    @torch.inference_mode()
    def predict(self, sentences: Sequence[Sentence]) -> list[list[str]]:
        """A tag for every word of every sentence."""
        self.model.eval()
        found = [[""] * len(sentence.words) for sentence in sentences]
        with self.reading.costs.timed(self.model.device.type):
            parts = self._windows(sentences)
            rows = self.reading.rows([_encoded(part) for part in parts])
            lengths = [len(row["input_ids"]) for row in rows]
            for batch in batches_by_length(lengths, batch_tokens(self.model)):
                best_NT = self._best([rows[i] for i in batch])
                for i, best_T in zip(batch, best_NT, strict=True):
                    places = [place for place, first in enumerate(rows[i][SPACED]) if first]
                    for word, place in enumerate(places, start=parts[i].first_word):
                        found[parts[i].sentence][word] = self.tags[best_T[place]]
        return found

    def _best(self, rows: Sequence[Encoded]) -> list[list[int]]:
        """The number of the most likely tag at each place of each row."""
        with self.reading.batch(rows) as read:
            inputs = collate(read, self.tokenizer.pad_token_id or 0, self.model.device)
            best: list[list[int]] = self.model(**inputs).logits.argmax(dim=-1).tolist()
        return best

    def development(self, sentences: Sequence[Sentence]) -> float:
        """The number that selects the epoch, higher is better; NaN without sentences."""
        return f1(sentences, self.predict(sentences)) if sentences else math.nan

    def measure(self, items: Sequence[Sentence], language: str, setting: str, seed: int) -> Outcome:
        """Scores, predictions and notes for one test set.

        Args:
            items: the test sentences.
            language: of the sentences.
            setting: mode of the task.
            seed: of the training.
        """
        predicted = self.predict(items)
        gold = [tag for item in items for tag in item.tags]
        hits = [a == b for a, b in zip(gold, (t for row in predicted for t in row), strict=True)]
        share = sum(hits) / max(1, len(hits))
        common: dict[str, Any] = {"split": "test", "setting": setting, "seed": seed}
        scores = [
            Score(language, _METRIC, f1(items, predicted), len(items), **common),
            Score(
                language, "token_accuracy", share, len(gold),
                standard_error=binomial_error(share, max(1, len(gold))), **common,
            ),
        ]  # fmt: skip
        rows: list[Prediction] = [
            {
                "id": item.id,
                "language": language,
                "setting": setting,
                "seed": seed,
                "gold": list(item.tags),
                "predicted": tags,
                **_counts(item.tags, tags),
            }
            for item, tags in zip(items, predicted, strict=True)
        ]
        unseen = sorted(set(gold) - set(self.tags))
        notes = [f"{language}: tags that training lacks count as errors: {', '.join(unseen)}"]
        return Outcome(scores, rows, notes if unseen else [])

    def _windows(self, sentences: Sequence[Sentence]) -> list[WordWindow]:
        limit = min(self.settings.maximum_length, longest_input(self.model, self.tokenizer))
        return windows(sentences, self.tokenizer, limit)


def _encoded(window: WordWindow) -> Encoded:
    """What the model reads of a window; no merge reaches from a word into the next one."""
    firsts = set(window.places)
    return {
        "input_ids": window.ids,
        "attention_mask": [1] * len(window.ids),
        SPACED: [int(place in firsts) for place in range(len(window.ids))],
    }


def _counts(gold: Sequence[str], predicted: Sequence[str]) -> dict[str, int]:
    """What a sentence adds to F1 and to accuracy, so that sentences can be resampled."""
    from seqeval.metrics.sequence_labeling import get_entities

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        right, found = set(get_entities(list(gold))), set(get_entities(list(predicted)))
    return {
        "true_positives": len(right & found),
        "false_positives": len(found - right),
        "false_negatives": len(right - found),
        "correct": sum(a == b for a, b in zip(gold, predicted, strict=True)),
        "tokens": len(gold),
    }


def f1(sentences: Sequence[Sentence], predicted: Sequence[Sequence[str]]) -> float:
    """seqeval's entity F1 over the whole set."""
    from seqeval.metrics import f1_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tags without B- and I-
        gold = [list(sentence.tags) for sentence in sentences]
        return float(f1_score(gold, [list(row) for row in predicted], zero_division=0))


def _pieces(words: Sequence[str], tokenizer: Any, room: int) -> list[list[int]]:
    """Token ids of each word; the unknown token where there are none, or too many."""
    if not words:
        return []
    # The space makes byte-level tokenizers see the beginning of a word; others ignore it.
    encodings = tokenizer.backend_tokenizer.encode_batch(
        [f" {word}" for word in words], add_special_tokens=False
    )
    unknown = tokenizer.unk_token_id
    substitute = [unknown if unknown is not None else tokenizer.eos_token_id or 0]
    return [e.ids if 0 < len(e.ids) <= room else substitute for e in encodings]


def _special_tokens(tokenizer: Any) -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and after a text."""
    # An empty text has the special tokens alone.
    ids: list[int] = tokenizer("")["input_ids"]
    opens = bool(ids) and ids[0] in (tokenizer.cls_token_id, tokenizer.bos_token_id)
    return ids[: int(opens)], ids[int(opens) :]
