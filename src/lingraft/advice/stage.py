"""What the program calls: from a configuration and its results to tables and recommendations."""

from collections.abc import Sequence
from pathlib import Path

from lingraft.advice.candidates import Candidates
from lingraft.advice.printing import lines_of
from lingraft.advice.questions import VocabularyQuestion, questions
from lingraft.advice.recommending import recommend
from lingraft.advice.rows import rows_of
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.vocabulary_arms import (
    VocabularyComparison,
    vocabulary_comparisons,
)


def advise(config: Config, results: Path, most_bytes: int) -> str:
    """Tables and recommendations for each model and text of a configuration.

    Args:
        config: the experiment.
        results: the folder of its results.
        most_bytes: of the text that missing vocabularies are made from.

    Raises:
        ConfigError: no run has text.
        InputError: models or text are not there, or damaged.
    """
    measured = _measured(config, results)
    parts = []
    for question in questions(config):
        found = Candidates(config, results, question, most_bytes)
        rows = rows_of(config, results, question, found.all())
        comparison = _of(question, measured)
        languages = question.languages(config)
        source = config.models[question.model].language or "the model's own language"
        advice = recommend(rows, languages, source, comparison)
        parts.append(lines_of(config, question, rows, advice, found.notes, comparison, most_bytes))
    return "\n\n".join("\n".join(part) for part in parts)


def _measured(
    config: Config, results: Path
) -> Sequence[tuple[VocabularyQuestion, VocabularyComparison]]:
    collected = collect(config, results)
    comparisons = vocabulary_comparisons(config, collected, Cells(collected))
    return [
        (question, comparison)
        for question in questions(config)
        for comparison in comparisons
        if comparison.arms[0].run in question.runs
    ]


def _of(
    question: VocabularyQuestion,
    measured: Sequence[tuple[VocabularyQuestion, VocabularyComparison]],
) -> VocabularyComparison | None:
    return next((comparison for asked, comparison in measured if asked == question), None)
