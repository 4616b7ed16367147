"""What tasks share that fine-tune a classifier of texts or of pairs of texts."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from lingraft.corpus.records import draw, has_records
from lingraft.errors import InputError
from lingraft.evaluation.data.reading import Example, read_examples
from lingraft.evaluation.fine_tuning.recipe import FineTuning, Quirks, Split
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Metric

if TYPE_CHECKING:
    from lingraft.evaluation.fine_tuning.classifier import Classifier


class Classification(FineTuning):
    """A fine-tuned classifier."""

    metrics = {
        "accuracy": Metric("up", "hits"),
        "macro_f1": Metric("up", "labels"),
        "development_accuracy": Metric(),
        "development_macro_f1": Metric(),
    }
    main_metric = "macro_f1"
    needs_pairs: ClassVar[bool] = False
    """Whether an example is a premise and a hypothesis."""

    @property
    def quirks(self) -> Quirks:
        """Whose code is followed where it differs from what its paper says."""
        return "correct"

    def evaluate(self, subject: ModelSubject) -> Outcome:
        """Accuracy and macro-F1 on each language's test set, for every seed."""
        from lingraft.evaluation.fine_tuning.runs import run

        return run(self, subject)

    def read(self, folder: Path) -> Split[Example]:
        """The examples of one language; the development set is `valid`, or `dev`.

        Raises:
            InputError: a file is malformed, or has single texts where pairs are needed.
        """
        development = "valid" if has_records(folder, "valid") else "dev"
        return Split(
            draw(self._part(folder, "train"), self.train_examples),
            draw(self._part(folder, development), self.development_examples),
            draw(self._part(folder, "test"), self.test_examples),
        )

    def train(
        self, subject: ModelSubject, split: Split[Example], seed: int, checkpoint: Path | None
    ) -> "Classifier":
        """A classifier that is trained on the split."""
        from lingraft.evaluation.fine_tuning.classifier import Classifier

        return Classifier.train(split, self, subject, seed, checkpoint, self.quirks)

    def _part(self, folder: Path, name: str) -> list[Example]:
        examples = read_examples(folder, name) if has_records(folder, name) else []
        if self.needs_pairs and any(example.second is None for example in examples):
            raise InputError(f"{folder}: {name} has examples without premise and hypothesis")
        return examples
