"""What a task is, and the registry of all tasks.

A task is one class in one file of `tasks/`: its settings are the fields, and what others must know
of it are the class variables. The configuration, the loop that runs tasks, the report and
`SCALE=yes` ask the registry, so that a task is added in its own file and one tuple.

The Snakefile is parsed in each submitted job and imports these files for the settings. They
therefore import numpy, torch and the like inside `evaluate`; longer mathematics is in `measures/`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

from lingraft.config.base import Block
from lingraft.evaluation.dynamic.costs import HITS, LENGTH, SAVED, SECONDS
from lingraft.evaluation.outcome import Direction, Outcome
from lingraft.evaluation.subject import Subject

ExampleTerms = Literal[
    "hits", "reciprocal_ranks", "values", "nats", "bits", "entities", "labels", "correct_tokens"
]
DataKind = Literal[
    "pairs", "nli", "tags", "topics", "rankings", "word_pairs", "analogies", "dictionary",
    "minimal_pairs",
]  # fmt: skip
S = TypeVar("S", bound=Subject)


SHARE, CORRELATION = (0.0, 1.0), (-1.0, 1.0)


@dataclass(frozen=True)
class Metric:
    """What a metric's numbers mean.

    Attributes:
        better: the direction in which a score is better.
        terms: what each test item adds to the metric, from which the report draws an interval
            (`reporting/findings/example_sums.py`); None where the items do not determine it.
        about: what it is, in a few words for the report; empty where the name says it.
        limits: the least and the largest value that it can have, which no interval leaves; None
            where it has none, or where no interval is drawn from a standard error.
    """

    better: Direction = "up"
    terms: ExampleTerms | None = None
    about: str = ""
    limits: tuple[float, float] | None = None


class Task(Block, ABC, Generic[S]):
    """One task: settings, what they amount to, and how it is measured.

    The settings are the fields of the subclass.
    """

    name: ClassVar[str]
    """Key of the task in the configuration, and name of its result file."""
    about: ClassVar[str]
    """What it measures, in one sentence for the key reference."""
    title: ClassVar[str] = ""
    """Tables write it before the metrics; empty where the metric's name is enough."""
    measures: ClassVar[type[Subject]]
    """The kind of subject: a model, a tokenizer, vectors, an alignment."""
    reads: ClassVar[tuple[str, ...]] = ("weights", "tokenizer", "corpora")
    """Roles of the digests (by prefix) that determine the scores."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Packages whose versions are part of the result's key."""
    metrics: ClassVar[Mapping[str, Metric]] = {}
    """Its metrics, without the cutoff in `accuracy@10`. Empty where a library names them."""
    dataset: ClassVar[DataKind | None] = None
    """The kind of dataset that its key `data` names: sentence pairs, pairs of sentences with a
    label, words with tags, texts with a label, queries with ranked documents, lists of words,
    translations of words, or sentences of which one is right."""
    is_fine_tuned: ClassVar[bool] = False
    """Whether it trains the model on labelled examples."""

    has_own_precision: ClassVar[bool] = False
    """Whether it reads no model in the `precision` of the section, but in its own."""

    brings_texts: ClassVar[bool] = False
    """Whether it measures on texts of a library or of its own, which reach the model without the
    normalizer of its corpora; such a model is refused."""

    is_diagnostic: ClassVar[bool] = False
    """Whether it explains other scores; the report then has it in a section of its own."""

    @abstractmethod
    def protocol(self) -> str:
        """Id of the protocol, family/variant: numbers of two protocols share no column."""

    @property
    def trained_generator(self) -> str | None:
        """Name of the trained generator whose rows it takes; None where it takes none."""
        return None

    @abstractmethod
    def evaluate(self, subject: S) -> Outcome:
        """Measure the subject."""

    def measure(self, subject: S) -> Outcome:
        """Measure the subject in each way that the settings ask for; most have one."""
        return self.evaluate(subject)

    def is_reference_of(self, other: "Task[Any]") -> bool:
        """Whether the report shows its scores beside those of a task that measures the same items
        with models."""
        return False

    def small(self, layers: int) -> dict[str, Any] | None:
        """The settings that change in an experiment made small; None leaves the task out.

        Args:
            layers: layers of the small models.
        """
        return {}


UNNAMED = "test"
"""What the only list of words of a dataset is called; others have names."""

TASKS: dict[str, type[Task[Any]]] = {}
"""Every task by its name, in the order of the configuration and of the run."""

T = TypeVar("T", bound=type[Task[Any]])


def register(task: T) -> T:
    """Make a task known; a decorator of its class.

    Raises:
        ValueError: another task has its name.
    """
    if TASKS.setdefault(task.name, task) is not task:
        raise ValueError(f"two evaluation tasks have the name {task.name}")
    return task


READING: Mapping[str, Metric] = {
    LENGTH: Metric("none", about="tokens that the model reads of a text"),
    SAVED: Metric("none", about="share of the tokens that merges save"),
    SECONDS: Metric("none", about="seconds to read 1,000 texts"),
    HITS: Metric("none", about="share of merged strings whose rows were kept"),
}
"""What any task with the key `dynamic` says beside its own metrics."""


def title_of(task: str) -> str:
    """What tables write before a task's metrics; empty for a task that is not known here."""
    known = TASKS.get(task)
    return known.title if known else ""


def metric_of(task: str, metric: str) -> Metric | None:
    """What a score's metric means; None for a task or metric that nothing here declares."""
    known = TASKS.get(task)
    return {**READING, **known.metrics}.get(metric.partition("@")[0]) if known else None
