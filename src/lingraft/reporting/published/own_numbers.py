"""Our numbers that may stand beside published ones: of models, alignments and sets of vectors."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lingraft.config.report import Published
from lingraft.evaluation.outcome import MODEL, Score
from lingraft.evaluation.results import TaskResult
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.finding import Finding

Place = tuple[str, str]  # section and name of what was measured: ("vectors", "turkish")


@dataclass(frozen=True)
class OwnNumber:
    """A number of ours, whatever was measured.

    Attributes:
        step: state of the model; empty for alignments and vectors.
        mean: over the seeds of a model; None if it was not measured.
        error: standard error of the mean, None if it is not known.
        items: test items; languages for a mean over languages.
    """

    task: str
    protocol: str
    language: str
    step: str
    metric: str
    setting: str
    mean: float | None
    error: float | None
    items: int

    @classmethod
    def of_model(cls, finding: Finding) -> "OwnNumber":
        """The number of a model's finding."""
        found = finding.criterion
        where = (found.task, found.protocol, found.language, found.step)
        return cls(
            *where, found.metric, found.setting, finding.mean, _error(finding), finding.items
        )

    @classmethod
    def of_score(cls, result: TaskResult, score: Score) -> "OwnNumber":
        """The number of a score of an alignment or of vectors."""
        where = (result.task, result.protocol, score.language, "")
        return cls(*where, score.metric, score.setting, score.value, score.standard_error, score.n)


def results_by_place(collection: Collected) -> dict[Place, list[TaskResult]]:
    """The results of each alignment and of each set of vectors."""
    found: dict[Place, list[TaskResult]] = {}
    for section, results in (
        ("alignments", collection.alignment_results),
        ("vectors", collection.vector_results),
    ):
        for (name, _), result in results.items():
            found.setdefault((section, name), []).append(result)
    return found


def own_numbers(
    declared: Published, findings: Sequence[Finding], results: Mapping[Place, Sequence[TaskResult]]
) -> Iterator[OwnNumber]:
    """The numbers of what is declared to repeat a published result.

    Args:
        declared: says what it is.
        findings: those of all models.
        results: those of alignments and vectors.
    """
    for finding in findings:
        model = (finding.criterion.run, finding.initialization)
        if model == (declared.run, declared.initialization):
            yield OwnNumber.of_model(finding)
    for result in results.get(declared.place, ()) if declared.place else ():
        for score in result.scores:
            if score.system == MODEL:
                yield OwnNumber.of_score(result, score)


def _error(finding: Finding) -> float | None:
    """Standard error of our mean: over seeds if there are several, else of a share of items."""
    if finding.sd is not None and finding.seeds > 1:
        return finding.sd / math.sqrt(finding.seeds)
    mean = finding.mean
    if mean is not None and 0 <= mean <= 1 and finding.items and finding.criterion.better == "up":
        return math.sqrt(mean * (1 - mean) / finding.items)
    return None
