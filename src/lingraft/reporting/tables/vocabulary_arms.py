"""The table of the vocabularies that one model has learned with, at equal budgets."""

from typing import Any

from lingraft.reporting.findings.finding import Question
from lingraft.reporting.findings.vocabulary_arms import (
    BUDGETS,
    REFERENCES,
    AtBudget,
    VocabularyArm,
    VocabularyComparison,
)
from lingraft.reporting.findings.vocabulary_scores import VocabularyScores
from lingraft.reporting.findings.wording import number
from lingraft.reporting.tables.results import label
from lingraft.reporting.tables.table import (
    EMPTY,
    INITIALIZATION,
    MARKS,
    RUN,
    Column,
    Measure,
    Table,
)

_AGAINST = "the vocabulary that is kept, with the same initialization or else the first one"
_OWN = "Its own training"
_SAME = "At equal"
_NO_MODEL = "No model"


def vocabulary_table(comparison: VocabularyComparison) -> Table:
    """Each arm with its text, its training, its bits per byte, and those of no model."""
    shown = [name for name in REFERENCES if any(name in arm.references for arm in comparison.arms)]
    columns = [
        RUN,
        INITIALIZATION,
        Column("rows", "Rows", "integer", hint="of the table of tokens"),
        Column("density", "Bytes a token", "number", hint="of the training text, as it is drawn"),
        Column("bytes", "Text", "bytes", _OWN),
        Column("operations", "Operations", "text", _OWN),
        Column("end", "Bits per byte", "number", _OWN),
        *(
            Column(f"at {axis}", BUDGETS[axis], "measure", _SAME, hint=budget_words(axis, budget))
            for axis, budget in comparison.budgets.items()
        ),
        *(Column(name, name, "number", _NO_MODEL) for name in shown),
    ]
    return Table(
        f"vocabulary-{comparison.model}-{'-'.join(comparison.languages)}",
        f"{comparison.model} learns {', '.join(comparison.languages)} with several vocabularies",
        columns,
        [_row(arm) for arm in comparison.arms],
        _note(comparison),
        [warning for arm in comparison.arms if (warning := above_text(arm))],
    )


def score_table(scores: VocabularyScores) -> Table:
    """The headline scores of one model with several vocabularies, where their runs end."""
    found = scores.findings
    first = found[0]
    asked = list(dict.fromkeys(Question.of(f.criterion) for f in found))
    places = list(dict.fromkeys((Question.of(f.criterion), f.criterion.language) for f in found))
    cells = {(f.initialization, Question.of(f.criterion), f.criterion.language): f for f in found}
    columns = [
        Column("arm", "Run and initialization"),
        *(
            Column(f"{number}", label(question, asked), "finding", language)
            for number, (question, language) in enumerate(places)
        ),
    ]
    rows = [
        {"arm": name}
        | {f"{number}": cells.get((name, *place)) for number, place in enumerate(places)}
        for name in dict.fromkeys(f.initialization for f in found)
    ]
    return Table(
        f"vocabulary-scores-{first.criterion.run}",
        "The headline with each vocabulary, where each run ends",
        columns,
        rows,
        f"The second line of a cell is the difference from {_AGAINST} ({first.initialization}).",
    )


def budget_words(axis: str, budget: float) -> str:
    """A budget as a reader says it."""
    if axis == "operations":
        return f"{budget:.2g} operations"
    return f"{budget / 1e6:,.2f} MB of text" if budget >= 1e4 else f"{budget:,.0f} bytes of text"


def above_text(arm: VocabularyArm) -> str:
    """A warning where counts of an arm's tokens know the text better than its model."""
    if not arm.is_above:
        return ""
    # The verdicts follow `above_unigrams`: a model above its bigrams alone has one.
    what = (
        "its bits per byte say nothing about another vocabulary"
        if arm.above_unigrams(arm.end)
        else "counts of pairs of tokens know the text better than it does"
    )
    return (
        f"{arm.name} is above its {arm.is_above} row at the end ({number(arm.end)} and "
        f"{number(arm.references[arm.is_above])}): {what}."
    )


def _row(arm: VocabularyArm) -> dict[str, Any]:
    known = next(iter(arm.curves.values())).keys()
    row: dict[str, Any] = {
        "run": arm.run,
        "initialization": arm.initialization,
        "rows": arm.rows,
        "density": arm.bytes_per_token,
        "bytes": arm.mean("bytes")[-1] if "bytes" in known else None,
        "operations": f"{arm.mean('operations')[-1]:.2g}" if "operations" in known else None,
        "end": arm.end,
    }
    row |= {f"at {axis}": _measure(found) for axis, found in arm.at.items()}
    return row | {name: arm.references.get(name, EMPTY) for name in REFERENCES}


def _measure(found: AtBudget) -> Measure:
    if found.difference is None:
        return Measure(number(found.value), found.value)
    said = f"{number(found.value)} ({number(found.difference, True)}"
    if found.low is not None and found.high is not None:
        said += f" [{number(found.low, True)}, {number(found.high, True)}]"
    return Measure(
        f"{said}) {MARKS.get(found.verdict, '')}".rstrip(), found.value, found.low, found.high
    )


def _note(comparison: VocabularyComparison) -> str:
    first = comparison.arms[0]
    of = f"{_AGAINST} ({first.name})" if comparison.keeps else first.name
    at = "; ".join(budget_words(axis, budget) for axis, budget in comparison.budgets.items())
    said = (
        f"In brackets: the difference from {of} and its interval. ▲ better, ▼ worse, ○ "
        "within the noise, ? nothing is shown."
    )
    if at:
        said += f" The budgets are the largest that all arms reach: {at}."
    return said
