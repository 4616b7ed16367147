"""The settings that all fine-tuned tasks share: the recipe, and where the examples are."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import Field

from lingraft.config.base import Block, Language, Name, Seed
from lingraft.config.dynamic import Dynamic, DynamicTraining
from lingraft.evaluation.dynamic_reading import ReadDynamically
from lingraft.evaluation.outcome import Outcome
from lingraft.evaluation.subject import ModelSubject
from lingraft.evaluation.task import Task

if TYPE_CHECKING:
    from lingraft.evaluation.dynamic.costs import ReadingCosts

Quirks = Literal["correct", "ofa", "glot500"]
"""Whose code a training follows where it differs from what the paper says."""

Item = TypeVar("Item")
Tested = TypeVar("Tested", contravariant=True)


@dataclass(frozen=True)
class Split(Generic[Item]):
    """The parts of one language's data; any may be empty."""

    train: Sequence[Item]
    development: Sequence[Item]
    test: Sequence[Item]


class FineTuned(Protocol[Tested]):
    """A fine-tuned model that scores test sets."""

    development_score: float

    def read_with(self, dynamic: Dynamic | None) -> "ReadingCosts":
        """Read the next test set in this way; returns what will be counted.

        Args:
            dynamic: with one number of merges; None reads texts as the tokenizer cuts them.
        """

    def measure(self, items: Sequence[Tested], language: str, setting: str, seed: int) -> Outcome:
        """Scores, predictions and notes for one test set.

        Args:
            items: the test examples.
            language: of the test examples.
            setting: mode of the task.
            seed: of the training.
        """


class LoopSettings(Protocol):
    """What the loop of a fine-tuning asks for."""

    @property
    def learning_rate(self) -> float:
        """The peak."""

    @property
    def epochs(self) -> int:
        """Passes over the examples."""

    @property
    def batch_size(self) -> int:
        """Examples in a step."""

    @property
    def warmup(self) -> float:
        """Share of the steps in which the rate rises."""

    @property
    def weight_decay(self) -> float:
        """Of the matrices."""

    @property
    def selection(self) -> Literal["best", "last"]:
        """Which epoch is kept."""

    @property
    def precision(self) -> Literal["fp32", "bf16"]:
        """Of the forward pass."""


class FineTuning(ReadDynamically, Task[ModelSubject]):
    """How a model is trained on a labelled task; one training for each seed."""

    measures = ModelSubject
    reads = ("weights", "tokenizer", "data")
    is_fine_tuned = True
    has_own_precision = True
    main_metric: ClassVar[str]
    """Selects the epoch, and is the one that a language without examples lacks."""

    learning_rate: float = Field(default=2e-5, gt=0)
    """Peak learning rate of AdamW; it falls linearly to zero."""
    epochs: int = Field(default=2, ge=1)
    """Passes over the training set."""
    batch_size: int = Field(default=32, ge=1)
    """Examples in a step."""
    maximum_length: int = Field(default=128, ge=8)
    """Tokens that the model reads of an example."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Weight decay of the matrices."""
    seeds: tuple[Seed, ...] = Field(default=(1, 2, 3, 4, 5, 6), min_length=1)
    """Seeds of head and order. Fewer than six can never show a difference at p < 0.05."""
    selection: Literal["best", "last"] = "best"
    """Keep the epoch that is best on the development set, or the last one, for which no such set is
    needed."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """bf16 computes the forward pass in bfloat16."""
    data: Name | None = None
    """The labelled texts, by their name in `datasets`. By hand, without a configuration, it may be
    left out: then `languages` names folders in `--data`."""
    languages: dict[Language, Name] = {}
    """Without `data`: language -> folder in `--data`, with train, valid (or dev) and test as JSON
    lines; empty takes every folder of `--data`, by its name."""
    train_language: Language = "eng_Latn"
    """The training language of every mode except translate_train."""
    train_examples: int | None = Field(default=None, ge=1)
    """Training examples, drawn by the hash of their ids; null takes all."""
    development_examples: int | None = Field(default=None, ge=1)
    """Development examples, drawn by the hash of their ids; null takes all."""
    test_examples: int | None = Field(default=None, ge=1)
    """Test examples, drawn by the hash of their ids; null takes all."""

    dynamic: DynamicTraining | None = None
    """Dynamic tokenization, in training and of the texts that are tested; by default the texts are
    read as the tokenizer cuts them."""

    mode: str
    """Which languages are trained on."""

    @property
    def trains_in_each(self) -> bool:
        """Whether each language is trained on; else `train_language` alone is."""
        return self.mode in ("translate_train", "in_language")

    @abstractmethod
    def read(self, folder: Path) -> Split[Any]:
        """The examples of one language."""

    @abstractmethod
    def train(
        self, subject: ModelSubject, split: Split[Any], seed: int, checkpoint: Path | None
    ) -> FineTuned[Any]:
        """Fine-tune the model.

        Args:
            subject: the model and its tokenizer.
            split: examples to train on, and those that select the epoch.
            seed: of head, order and dropout.
            checkpoint: file from which a killed training resumes; None keeps none.
        """

    def small(self, layers: int) -> dict[str, Any]:
        """One seed, one epoch, few and short examples."""
        return {
            "epochs": 1, "seeds": [1], "batch_size": 8, "maximum_length": 32,
            "train_examples": 24, "test_examples": 24,
        }  # fmt: skip


class QuestionTraining(Block):
    """How a model is trained on questions before it is tested."""

    steps: int = Field(default=3000, ge=1)
    """Optimizer steps (3000 in the paper)."""
    questions: int | None = Field(default=None, ge=1)
    """Different questions to learn from; unset: every place of every step has a new one."""
    batch_size: int = Field(default=16, ge=1)
    """Questions in a step."""
    learning_rate: float = Field(default=1e-4, gt=0)
    """Peak learning rate of AdamW (the paper's); it falls linearly to zero."""
    warmup: float = Field(default=0.1, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Weight decay of the matrices."""
    precision: Literal["fp32", "bf16"] = "fp32"
    """bf16 computes the forward pass in bfloat16."""
    seeds: tuple[Seed, ...] = Field(default=(1, 2, 3, 4, 5, 6), min_length=1)
    """Seeds of order and dropout. Fewer than six can never show a difference at p < 0.05."""

    @property
    def epochs(self) -> int:
        """The examples are as many as the steps read."""
        return 1

    @property
    def selection(self) -> Literal["best", "last"]:
        """No development set."""
        return "last"
