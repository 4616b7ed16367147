"""What tasks share that fine-tune a tagger of words."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from lingraft.corpus.records import draw
from lingraft.evaluation.data.tag_files import Sentence, read_sentences
from lingraft.evaluation.fine_tuning.recipe import FineTuning, Split
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric

if TYPE_CHECKING:
    from lingraft.evaluation.fine_tuning.tagger import Tagger


class Tagging(FineTuning):
    """Token classification, fine-tuned: `{"words", "tags"}`, or CoNLL files."""

    packages = ("seqeval",)
    dataset = "tags"
    metrics = {
        "seqeval_f1": Metric("up", "entities"),
        "token_accuracy": Metric("up", "correct_tokens"),
        "development_seqeval_f1": Metric(),
    }
    main_metric = "seqeval_f1"

    epochs: int = Field(default=10, ge=1)
    """Passes over the training set."""
    maximum_length: int = Field(default=256, ge=8)
    """Tokens of a window; longer sentences are split into windows, not cut."""
    warmup: float = Field(default=0.0, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    mode: Literal["in_language", "zero_shot"] = "zero_shot"
    """Train in each language, or in `train_language` alone, as the papers do."""

    @model_validator(mode="after")
    def _words_stay_apart(self) -> Self:
        if self.dynamic is not None and self.dynamic.boundary == "sentences":
            raise ValueError(
                "dynamic.boundary: sentences would make one string of several words, each of which "
                "has a tag; write pretokens, words or hyphenated_words"
            )
        return self

    def protocol(self) -> str:
        """First piece of a word, long sentences split; the id says which language trains."""
        return f"tagging/{self.mode}"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """seqeval F1 and token accuracy on each language's test set, for every seed."""
        from lingraft.evaluation.fine_tuning.runs import run

        return run(self, subject)

    def read(self, folder: Path) -> Split[Sentence]:
        """The sentences of one language; the development set is `valid`, or `dev`."""

        return Split(
            draw(read_sentences(folder, "train"), self.train_examples),
            draw(
                read_sentences(folder, "valid") or read_sentences(folder, "dev"),
                self.development_examples,
            ),
            draw(read_sentences(folder, "test"), self.test_examples),
        )

    def train(
        self, subject: ModelSubject, split: Split[Sentence], seed: int, checkpoint: Path | None
    ) -> "Tagger":
        """A tagger that is trained on the split."""
        from lingraft.evaluation.fine_tuning.tagger import Tagger

        return Tagger.train(split, self, subject, seed, checkpoint)
