"""LangGame in one language: its questions asked of a model, before and after it learns from others.

Shapes: Q questions, O options of each.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from lingraft.artifacts import fingerprint
from lingraft.errors import InputError
from lingraft.evaluation.data.question_templates import QuestionTemplate
from lingraft.evaluation.data.word_questions import (
    OPTIONS,
    LetteredWord,
    WordLists,
    WordQuestion,
    make_questions,
)
from lingraft.evaluation.fine_tuning.loop import Encoded, fine_tune
from lingraft.evaluation.fine_tuning.recipe import LoopSettings, QuestionTraining
from lingraft.evaluation.fine_tuning.runs import kept_training
from lingraft.evaluation.measures.answers import (
    Asked,
    answer_windows,
    log_probabilities_of_answers,
    shares_of_right,
)
from lingraft.evaluation.outcome import MODEL, Outcome, Prediction, Score, binomial_error, joined
from lingraft.evaluation.subject import ModelSubject
from lingraft.models.loading import load_model
from lingraft.models.scoring.windows import IGNORED, LossWindow

ACCURACY, KIND_ACCURACY = "accuracy", "kind_accuracy"
ZERO_SHOT, TRAINED = "zero-shot", "fine-tuned"
CHANCE = "chance"
_NAMES = {
    "most": "most of a letter",
    "contains": "contains",
    "starts": "starts with",
    "ends": "ends with",
    "longest": "longest",
    "shortest": "shortest",
}


@dataclass(frozen=True)
class LetterGame:
    """The questions of one language, asked of one model.

    Attributes:
        subject: the model.
        language: of the questions.
        template: how they are asked.
        lists: the words of tests and of training.
        training: None tests the model as it is alone.
        prefix: what the model reads before a question; None for what it reads in training.
        draw: names the draw of the questions.
    """

    subject: ModelSubject
    language: str
    template: QuestionTemplate
    lists: WordLists
    training: QuestionTraining | None
    prefix: str | None
    draw: str

    def results(self, test: Sequence[WordQuestion]) -> Iterator[Outcome]:
        """Yield the outcome before training, and that of each seed."""
        yield self._outcome(test, MODEL, ZERO_SHOT, self._shares(self.subject.model, test))
        if self.training is not None:
            for seed in self.training.seeds:
                yield self._train_once(test, self.training, seed)

    def reference_rows(self, test: Sequence[WordQuestion]) -> Outcome:
        """Chance, and who always takes the first, the longest, the shortest or the most frequent
        option, or the one of the fewest tokens."""
        windows = self._windows(test)
        counts = iter([window.predictions for window in windows])
        sizes_QO = np.array(
            [[len(LetteredWord.of(o).letters) for o in q.options] for q in test], float
        )
        liked = {
            "first option": np.tile(-np.arange(OPTIONS, dtype=float), (len(test), 1)),
            "longest option": sizes_QO,
            "shortest option": -sizes_QO,
            "most frequent option": -np.array(
                [[self.lists.ranks[o] for o in q.options] for q in test], float
            ),
            "fewest tokens": -np.array([[next(counts) for _ in q.options] for q in test], float),
        }
        right = [question.right for question in test]
        settings = [ZERO_SHOT, TRAINED] if self.training else [ZERO_SHOT]
        return joined(
            part
            for setting in settings
            for part in (
                Outcome([self._score(1 / OPTIONS, len(test), CHANCE, setting)]),
                *(
                    self._outcome(test, system, setting, shares_of_right(values_QO, right))
                    for system, values_QO in liked.items()
                ),
            )
        )

    def _train_once(
        self, test: Sequence[WordQuestion], settings: QuestionTraining, seed: int
    ) -> Outcome:
        """The outcome of one training, from the state where it is there."""
        return kept_training(
            self.subject.state,
            lambda: self._key(test, settings, seed),
            lambda checkpoint: self._train_and_test(test, settings, seed, checkpoint),
        )

    def _key(self, test: Sequence[WordQuestion], settings: QuestionTraining, seed: int) -> str:
        recipe = settings.model_dump(mode="json", exclude={"seeds"})
        question = [
            [recipe, seed, self.prefix, self.draw, self.template.model_dump(mode="json")],
            {name: self.subject.own_digests[name] for name in ("weights", "tokenizer")},
            [word.text for word in self.lists.train],
            [[each.kind, each.part, each.options] for each in test],
            version("lingraft"),
        ]
        return f"lang_game-{self.language}-{seed}-{fingerprint(question)[:24]}"

    def _train_and_test(
        self,
        test: Sequence[WordQuestion],
        settings: QuestionTraining,
        seed: int,
        checkpoint: Path | None,
    ) -> Outcome:
        subject = self.subject
        read = settings.steps * settings.batch_size
        wanted = min(settings.questions or read, read)
        questions = make_questions(self.lists.train, wanted, Random(f"{self.draw}/train"))
        if not questions:
            raise InputError(
                f"{len(self.lists.train)} words give no question to learn from: raise words, or "
                "set train to null"
            )
        asked = [self._asked(question)[question.right] for question in questions]
        windows = answer_windows(subject.model, subject.tokenizer, asked, self.prefix)
        examples = [windows[number % len(windows)] for number in range(read)]
        device = subject.model.device
        model = train_on_answers(
            subject.folder, subject.tokenizer, examples, settings, seed, checkpoint, device
        )
        return self._outcome(test, MODEL, TRAINED, self._shares(model, test), seed)

    def _shares(self, model: Any, test: Sequence[WordQuestion]) -> list[float]:
        windows = self._windows(test)
        values_QO = log_probabilities_of_answers(model, self.subject.tokenizer, windows, OPTIONS)
        return shares_of_right(values_QO, [question.right for question in test])

    def _windows(self, test: Sequence[WordQuestion]) -> list[LossWindow]:
        asked = [pair for question in test for pair in self._asked(question)]
        return answer_windows(self.subject.model, self.subject.tokenizer, asked, self.prefix)

    def _asked(self, question: WordQuestion) -> list[Asked]:
        before = self.template.ask(question.kind, question.part, list(question.options))
        return [(before, option) for option in question.options]

    def _outcome(
        self,
        test: Sequence[WordQuestion],
        system: str,
        setting: str,
        right: Sequence[float],
        seed: int | None = None,
    ) -> Outcome:
        """The scores over all questions and over those of each kind, and a record of each."""
        scores: list[Score] = []
        records: list[Prediction] = []
        for kind in ("", *dict.fromkeys(question.kind for question in test)):
            chosen = [i for i, question in enumerate(test) if kind in ("", question.kind)]
            values = [right[i] for i in chosen]
            metric = KIND_ACCURACY if kind else ACCURACY
            where = f"{setting}: {_NAMES[kind]}" if kind else setting
            share = sum(values) / len(values)
            scores.append(self._score(share, len(values), system, where, metric, seed or 0))
            place: Prediction = {"language": self.language, "system": system, "setting": where}
            if seed is not None:
                place = {**place, "seed": seed}
            records += [{"id": f"{i:06}", **place, metric: right[i]} for i in chosen]
        return Outcome(scores, records)

    def _score(
        self, share: float, n: int, system: str, setting: str, metric: str = ACCURACY, seed: int = 0
    ) -> Score:
        error = None if system == CHANCE else binomial_error(share, n)
        return Score(
            self.language, metric, share, n, split="test", system=system, setting=setting,
            seed=seed, standard_error=error,
        )  # fmt: skip


def train_on_answers(
    folder: Path,
    tokenizer: Any,
    windows: Sequence[LossWindow],
    settings: LoopSettings,
    seed: int,
    checkpoint: Path | None,
    device: Any,
) -> Any:
    """A model that is trained to give answers, in evaluation mode.

    Args:
        folder: the model to begin with.
        tokenizer: its tokenizer.
        windows: questions with their right answers, as many as are read.
        settings: rate, batches and precision.
        seed: of order and dropout.
        checkpoint: file from which a killed training resumes; None keeps none.
        device: where it is trained.
    """
    model: Any = load_model(folder).to(device)
    model.requires_grad_(True)
    examples = [_example(window) for window in windows]
    padding = tokenizer.pad_token_id or 0
    fine_tune(model, examples, lambda _: 0.0, settings, seed, padding, checkpoint=checkpoint)
    return model


def _example(window: LossWindow) -> Encoded:
    # transformers moves labels one place itself.
    ids = [*window.inputs, max(0, window.labels[-1])]
    return {
        "input_ids": ids,
        "attention_mask": [1] * len(ids),
        "labels": [IGNORED, *window.labels],
    }
