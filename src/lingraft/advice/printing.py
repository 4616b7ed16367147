"""The table and the sentences of an advice, for the terminal."""

from collections.abc import Iterator, Sequence
from textwrap import fill
from typing import Any

from lingraft.advice.questions import VocabularyQuestion
from lingraft.advice.recommending import saving, title
from lingraft.advice.rows import Row
from lingraft.experiment.configuration import Config
from lingraft.reporting.tables.table import Column, Measure, Table
from lingraft.reporting.tables.text import to_text

_WIDTH = 100
_RULE = (
    "The rule is one of costs (docs/evaluation.md, Does another vocabulary pay?): it does not know "
    "how well the model learns with a vocabulary."
)


def lines_of(
    config: Config,
    question: VocabularyQuestion,
    tables: Sequence[Table],
    choice: str,
    said: Sequence[str],
) -> list[str]:
    """The advice on one question, line by line.

    Args:
        config: the experiment.
        question: the model and the text.
        tables: what was counted, and what was measured.
        choice: what is recommended.
        said: the reasons, and what is not known.
    """
    heading = f"{question.model} learns {question.languages(config)}: {', '.join(question.runs)}"
    lines = [heading, ""]
    for table in tables:
        lines += [*to_text(table), ""]
    lines += _wrapped(f"Recommendation: {choice}.", "")
    return lines + [line for sentence in (*said, _RULE) for line in _wrapped(sentence, "- ")]


def costs_table(config: Config, question: VocabularyQuestion, rows: Sequence[Row]) -> Table:
    """The vocabularies with what they cost."""
    languages, own = question.languages(config), question.spoken(config)
    has_source = any(row.source is not None for row in rows)
    has_unknown = any(row.target.unknown > 0 for row in rows)
    is_decoder = any(row.costs.cache is not None for row in rows)
    has_limit = any(row.costs.context is not None for row in rows)
    columns = [
        Column("title", "vocabulary"),
        Column("target", languages, "measure", "bytes a token"),
        *([Column("source", own, "measure", "bytes a token")] if has_source else []),
        *([Column("unknown", "in 1 kB", "measure", "unknown")] if has_unknown else []),
        Column("embeddings", "tables", "measure", "million weights"),
        Column("body", "body", "measure", "million weights"),
        Column("total", "total", "measure", "million weights"),
        Column("training", "training", "measure", "MFLOP a byte"),
        Column("inference", "inference", "measure", "MFLOP a byte"),
        Column("saving", "saved", "measure"),
        *([Column("cache", "B/byte", "integer", "cache")] if is_decoder else []),
        *([Column("context", "bytes", "integer", "context")] if has_limit else []),
    ]
    kept = rows[0]
    return Table("costs", "What each vocabulary costs", columns, [_row(kept, row) for row in rows])


def _row(kept: Row, row: Row) -> dict[str, Any]:
    costs = row.costs
    mark = "" if row.candidate.is_made or row is kept else " *"
    return {
        "title": title(row) + mark,
        "target": _fixed(row.target.bytes_per_token, 2),
        "source": None if row.source is None else _fixed(row.source.bytes_per_token, 2),
        "unknown": _fixed(1000 * row.target.unknown, 1),
        "embeddings": _fixed(costs.embeddings / 1e6, 2),
        "body": _fixed(costs.body / 1e6, 2),
        "total": _fixed(costs.total / 1e6, 2),
        "training": _digits(costs.training / 1e6),
        "inference": _digits(costs.inference / 1e6),
        "saving": Measure(f"{saving(kept, row):.0%}".replace("-", "−"), saving(kept, row)),
        "cache": costs.cache,
        "context": costs.context,
    }


def _fixed(value: float, digits: int) -> Measure:
    return Measure(f"{value:,.{digits}f}", value)


def _digits(value: float) -> Measure:
    return Measure(f"{value:,.{0 if value >= 1000 else 1 if value >= 10 else 3}f}", value)


def _wrapped(text: str, mark: str) -> Iterator[str]:
    indent = " " * len(mark)
    yield from fill(
        text, _WIDTH, initial_indent=mark, subsequent_indent=indent, break_on_hyphens=False
    ).splitlines()
