"""What the program calls: from a configuration and its results to tables and recommendations."""

from pathlib import Path

from lingraft.advice.candidates import Candidates
from lingraft.advice.printing import costs_table, lines_of
from lingraft.advice.questions import questions
from lingraft.advice.recommending import recommend
from lingraft.advice.rows import rows_of
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.reading import collect
from lingraft.reporting.findings.cells import Cells
from lingraft.reporting.findings.vocabulary_arms import vocabulary_comparisons
from lingraft.reporting.findings.vocabulary_scores import vocabulary_scores
from lingraft.reporting.tables.vocabulary_arms import vocabulary_table
from lingraft.reporting.writing.vocabularies import measured_sentences, score_sentences


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
    collected = collect(config, results)
    cells = Cells(collected)
    measured = vocabulary_comparisons(config, collected, cells)
    scores = vocabulary_scores(config, cells)
    parts = []
    for question in questions(config):
        candidates = Candidates(config, results, question, most_bytes)
        rows = rows_of(config, results, question, candidates.all())
        comparison = next((one for one in measured if one.arms[0].run in question.runs), None)
        advice = recommend(rows, question.languages(config), question.spoken(config), comparison)
        said = [*advice.reasons]
        said += measured_sentences(comparison) if comparison else []
        said += score_sentences(scores[question.runs]) if question.runs in scores else []
        if any(not row.candidate.is_made for row in rows[1:]):
            size = f"{most_bytes / 1e6:,.3g} MB"
            said.append(f"* made here for this table, from at most {size} of text.")
        tables = [costs_table(config, question, rows)]
        tables += [vocabulary_table(comparison)] if comparison else []
        said += [*(warning for table in tables for warning in table.warnings), *candidates.notes]
        parts.append("\n".join(lines_of(config, question, tables, advice.choice, said)))
    return "\n\n".join(parts)
