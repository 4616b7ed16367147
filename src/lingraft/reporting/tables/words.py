"""The tables of words: what aligned vectors translate, and what vectors are worth."""

from collections.abc import Iterable, Mapping
from typing import Any

from lingraft.evaluation.outcome import MODEL, Score
from lingraft.evaluation.results import TaskResult
from lingraft.evaluation.tasks import metric_of, title_of
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.wording import metric_name, number, slug
from lingraft.reporting.statistics import score_interval
from lingraft.reporting.tables.table import EMPTY, LANGUAGE, Column, Measure, Table


def alignment_table(collection: Collected, failed: float) -> Table:
    """How well aligned word vectors translate words that they were not fitted on."""
    columns = [
        Column("alignment", "Alignment"),
        Column("method", "Method"),
        Column("pairs", "Pairs used", "integer"),
        Column("coverage", "Coverage", "share", hint="source words with vectors on both sides"),
        Column("p1", "P@1", "share", "Covered words, CSLS"),
        Column("p10", "P@10", "share", "Covered words, CSLS"),
        Column("p1_all", "P@1", "share", "All words, CSLS"),
        Column("p1_nn", "P@1", "share", "Covered words, cosine"),
        Column("state", "State"),
    ]
    rows, warnings = [], []
    for name, metrics in collection.alignments.items():
        csls = metrics.get("precision", {}).get("csls", {})
        best = csls.get("p_at_1_covered")
        is_failed = best is not None and best < failed
        warned = metrics.get("warnings", [])
        rows.append(
            {
                "alignment": name,
                "method": metrics.get("method"),
                "pairs": metrics.get("pairs", {}).get("used"),
                "coverage": metrics.get("source_words", {}).get("coverage"),
                "p1": best,
                "p10": csls.get("p_at_10_covered"),
                "p1_all": csls.get("p_at_1_all"),
                "p1_nn": metrics.get("precision", {}).get("nn", {}).get("p_at_1_covered"),
                "state": _state(best, is_failed, bool(warned)),
            }
        )
        warnings += [f"{name}: {warning}" for warning in warned]
        if is_failed and not warned:
            warnings.append(f"{name} failed: P@1 is {best:.3f}, below {failed:.3f}")
    title = "Alignments of word vectors"
    return Table("alignments", title, columns, rows, warnings=tuple(warnings))


def aligned_table(collection: Collected, confidence: float) -> Table:
    """What the tasks on alignments found, in full."""
    results = collection.alignment_results
    rows = _measured("alignment", results, confidence)
    columns = [Column("alignment", "Alignment"), *_measures(confidence)]
    notes = _joined((name, note) for (name, _), one in results.items() for note in one.notes)
    title = "Alignments, by every measure"
    return Table("alignments-measured", title, columns, rows, warnings=notes, folded=True)


def _joined(notes: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Notes with the names of what they are about; one that many have is said once."""
    named: dict[str, dict[str, None]] = {}
    for name, note in notes:
        named.setdefault(note, {})[name] = None
    return tuple(f"{_listed(list(names))}: {note}" for note, names in named.items())


def _listed(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names) if rest < 2 else f"{', '.join(names[:_NAMED])} and {rest} others"


_NAMED = 3  # of the subjects of a note; a single further one is named too


def vector_tables(collection: Collected, confidence: float) -> list[Table]:
    """A table for each metric by which several vectors were measured: a row for each, a column for
    each setting, and the systems that are no vectors below."""
    found: dict[tuple[str, str, str], dict[_Row, dict[str, Measure | None]]] = {}
    for (name, _), result in collection.vector_results.items():
        for score in result.scores:
            own = found.setdefault((result.task, score.metric, score.language), {})
            row = (False, name) if score.system == MODEL else (True, f"no vectors: {score.system}")
            own.setdefault(row, {})[score.setting] = _with_interval(result.task, score, confidence)
    titles = {key: f"{title_of(key[0])} {metric_name(key[1])}".strip() for key in found}
    return [
        _beside(
            f"vectors-{slug(titles[key])}-{key[2]}", f"{titles[key]}, {key[2]}", rows, confidence
        )
        for key, rows in found.items()
        if sum(not is_trivial for is_trivial, _ in rows) > 1
    ]


_Row = tuple[bool, str]  # whether it is of a system without vectors, and its name


def _beside(
    name: str,
    title: str,
    measured: Mapping[_Row, Mapping[str, Measure | None]],
    confidence: float,
) -> Table:
    settings = dict.fromkeys(setting for row in measured.values() for setting in row)
    columns = [
        Column("vectors", "Vectors"),
        *(Column(f"on {setting}", setting or "All", "measure") for setting in settings),
    ]
    ordered = sorted(measured, key=lambda row: row[0])
    rows = [
        {"vectors": row[1]}
        | {f"on {setting}": measured[row].get(setting, EMPTY) for setting in settings}
        for row in ordered
    ]
    has_intervals = any(
        cell and cell.low is not None for row in measured.values() for cell in row.values()
    )
    brackets = f"Brackets: {_interval(confidence)}. " if has_intervals else ""
    note = f"{brackets}No test compares the rows."
    return Table(name, f"Word vectors: {title}", columns, rows, note)


def vectors_table(collection: Collected, confidence: float) -> Table:
    """What word vectors are worth by themselves, beside the trivial systems of each task."""
    rows = _measured("vectors", collection.vector_results, confidence)
    columns = [Column("vectors", "Vectors"), *_measures(confidence)]
    return Table("vectors", "Word vectors, by every measure", columns, rows, folded=True)


def _measures(confidence: float) -> list[Column]:
    return [
        LANGUAGE,
        Column("metric", "Metric"),
        Column("setting", "On"),
        Column("system", "System"),
        Column("value", "Value", "measure", hint=_interval(confidence)),
        Column("n", "Items", "integer"),
        Column("note", "Note", wraps=True),
    ]


def _measured(
    subject: str, results: Mapping[tuple[str, str], TaskResult], confidence: float
) -> list[Mapping[str, Any]]:
    """A row for each score; the column `subject` has the name of what was measured."""
    return [
        {
            subject: name,
            "language": score.language,
            "metric": f"{title_of(result.task)} {score.metric}".strip(),
            "setting": score.setting,
            "system": subject if score.system == MODEL else score.system,
            "value": _with_interval(result.task, score, confidence),
            "n": score.n,
            "note": score.note,
        }
        for (name, _), result in results.items()
        for score in result.scores
    ]


def _interval(confidence: float) -> str:
    return f"{100 * confidence:g} % interval over the test items"


def _with_interval(task: str, score: Score, confidence: float) -> Measure | None:
    if score.value is None or score.standard_error is None:
        return None if score.value is None else Measure(number(score.value), score.value)
    metric = metric_of(task, score.metric)
    limits = metric.limits if metric else None
    found = score_interval(score.value, score.standard_error, score.n, limits, confidence)
    text = f"{number(score.value)} [{number(found.low)}, {number(found.high)}]"
    return Measure(text, score.value, found.low, found.high)


def _state(precision: float | None, is_failed: bool, is_warned_of: bool) -> str:
    """The state of an alignment in a word, in agreement with the warnings."""
    if is_failed:
        return "failed"
    if is_warned_of:
        return "doubtful: see the warning"
    return "not tested" if precision is None else "usable"
