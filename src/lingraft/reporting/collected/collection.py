"""What an experiment left behind, as values; what is missing is a named gap."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lingraft.artifacts import Manifest
from lingraft.evaluation.outcome import Score
from lingraft.evaluation.results import TaskResult
from lingraft.stages.trainings import Step, TrainingId

if TYPE_CHECKING:
    from lingraft.estimate.vocabularies import ModelSizes
    from lingraft.vectors.neighbor_graph import NeighborGraph

Lines = Sequence[Mapping[str, Any]]  # of a metrics.jsonl


@dataclass(frozen=True)
class Measured:
    """One score of one evaluation, with the model and the step that it belongs to."""

    training: TrainingId
    step: Step
    task: str
    protocol: str
    score: Score


@dataclass(frozen=True)
class JobCost:
    """Time and memory of one job; None where it was too short to be measured.

    Attributes:
        stage: what kind of job it was: the folder of its benchmark file, or the state of the model.
        of: what it made, as a reader calls it.
        training: the training whose model it made, if it made one.
    """

    stage: str
    of: str
    seconds: float | None
    memory_bytes: float | None
    cpu_seconds: float | None
    training: TrainingId | None = None


@dataclass(frozen=True)
class Encoded:
    """The training part of a corpus in the tokens of a vocabulary of so many rows."""

    bytes: int
    tokens: int
    rows: int


@dataclass(frozen=True)
class Gap:
    """Something that the configuration promises and the results do not have."""

    what: str
    reason: str


@dataclass(frozen=True)
class Collected:
    """Everything that was read from a results folder.

    Attributes:
        scores: every number of every model's evaluation.
        predictions: file with the per-example predictions of (training, step, task).
        curves: the lines of each pretraining's metrics.jsonl.
        tunings: the same of each (training, encoder).
        initializations: the account of every initialized embedding matrix.
        parameters: number of weights of every model.
        corpora: the counts that were written when each corpus was made, by name.
        tokenizers, alignments: the metrics that were written when each was made, by name.
        tokenizer_results: evaluations of tokenizers on held-out text, by name.
        alignment_results, vector_results: evaluations of alignments and of word vectors, by name
            and task.
        costs: seconds and memory of every job that Snakemake measured.
        manifests: the manifest of every artifact, by its folder relative to the results.
        gaps: what is missing or damaged, and why.
        neighborhoods: graphs of nearest words, by the alignment or vectors that they are of.
        refiners: what was written of each refiner of a set of vectors, in order, by the set's name.
        encoded: the sizes of each corpus in each tokenizer that trainings read, by both names.
        models: the sizes of each source model that learns with several tokenizers, by its name.
        arithmetics: what the forward passes of each (training, step, task) were computed in, where
            the result says it: those of earlier versions do not, and are fp32.
    """

    scores: Sequence[Measured]
    predictions: Mapping[tuple[TrainingId, Step, str], Path]
    curves: Mapping[TrainingId, Lines]
    tunings: Mapping[tuple[TrainingId, Step], Lines]
    initializations: Mapping[TrainingId, Mapping[str, Any]]
    parameters: Mapping[TrainingId, int]
    corpora: Mapping[str, Mapping[str, Any]]
    tokenizers: Mapping[str, Mapping[str, Any]]
    alignments: Mapping[str, Mapping[str, Any]]
    tokenizer_results: Mapping[str, TaskResult]
    alignment_results: Mapping[tuple[str, str], TaskResult]
    vector_results: Mapping[tuple[str, str], TaskResult]
    costs: Sequence[JobCost]
    manifests: Mapping[str, Manifest]
    gaps: tuple[Gap, ...]
    neighborhoods: Mapping[str, "NeighborGraph"] = field(default_factory=dict)
    refiners: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    encoded: Mapping[tuple[str, str], Encoded] = field(default_factory=dict)
    models: Mapping[str, "ModelSizes"] = field(default_factory=dict)
    arithmetics: Mapping[tuple[TrainingId, Step, str], str] = field(default_factory=dict)

    @cached_property
    def cpu_seconds(self) -> Mapping[tuple[str, str], float]:
        """CPU seconds of each job by stage and name; 0 where it was too short to be measured."""
        return {(job.stage, job.of): job.cpu_seconds or 0.0 for job in self.costs}

    @cached_property
    def initializing(self) -> Mapping[TrainingId, float]:
        """CPU seconds of each training's initialization alone."""
        return {
            job.training: job.cpu_seconds or 0.0
            for job in self.costs
            if job.training is not None and job.stage == "initialized"
        }

    @cached_property
    def scores_of(self) -> Mapping[TrainingId, Sequence[Measured]]:
        """The scores of each training."""
        found: dict[TrainingId, list[Measured]] = {}
        for row in self.scores:
            found.setdefault(row.training, []).append(row)
        return found


def first_seeds(collection: Collected) -> Iterator[tuple[TrainingId, Mapping[str, Any]]]:
    """The account of each (run, initialization), from its first seed that has one."""
    seen: set[tuple[str, str]] = set()
    for training, account in collection.initializations.items():
        if (training.run, training.initialization) not in seen:
            seen.add((training.run, training.initialization))
            yield training, account
