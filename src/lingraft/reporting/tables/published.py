"""The table of published numbers beside ours."""

from collections.abc import Sequence

from lingraft.reporting.findings.wording import metric_name
from lingraft.reporting.published.beside import DAGGER, Beside
from lingraft.reporting.tables.table import LANGUAGE, STEP, Column, Table


def papers_table(rows: Sequence[Beside]) -> Table:
    """Published numbers beside ours, with verdicts."""
    columns = [
        Column("paper", "Paper"),
        Column("model", "Model"),
        LANGUAGE,
        STEP,
        Column("what", "Measure"),
        Column("theirs", "Published", "number"),
        Column("sd", "sd", "number"),
        Column("trust", "Read how"),
        Column("ours", "Ours", "number"),
        Column("difference", "Difference", "number"),
        Column("verdict", "Verdict"),
        Column("reason", "Why"),
        Column("source", "Source"),
    ]
    note = (
        f"Shares are between 0 and 1. {DAGGER} marks a number that nobody read in the paper or its "
        "repository: it was derived, computed, or taken from notes or memory. Check it before you "
        "cite it."
    )
    return Table("papers", "Published numbers", columns, [_row(row) for row in rows], note=note)


def _row(row: Beside) -> dict[str, object]:
    number = row.number
    return {
        "paper": number.paper,
        "model": number.model,
        "language": number.language,
        "step": number.step,
        "what": f"{number.protocol}, {metric_name(number.metric)}",
        "theirs": number.share,
        "sd": number.deviation,
        "trust": number.trust if number.is_certain else f"{number.trust} {DAGGER}",
        "ours": row.ours.mean if row.ours else None,
        "difference": row.difference,
        "verdict": row.verdict,
        "reason": row.reason,
        "source": f"{number.source}; {number.note}" if number.note else number.source,
    }
