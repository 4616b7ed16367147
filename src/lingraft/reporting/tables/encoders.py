"""The tables of sentence encoders: what tuning changed, and what it took."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Lines
from lingraft.reporting.findings.finding import Question
from lingraft.reporting.findings.gains import Gain
from lingraft.reporting.tables.results import label, questions
from lingraft.reporting.tables.table import INITIALIZATION, LANGUAGE, RUN, Column, Table

_ENCODER = Column("encoder", "Encoder")
_PLACE = ("seconds", "cpu_seconds", "processes", "device", "precision")
_LOSSES = {"pair_loss": "Pairs", "language_model_loss": "Language model"}


def gain_table(config: Config, found: Sequence[Gain]) -> Table:
    """One encoder a row: each headline metric before and after tuning."""
    ordered = questions(config, (gain.after for gain in found))
    asked = list(dict.fromkeys(map(_measure, ordered)))
    columns = [RUN, LANGUAGE, _ENCODER, INITIALIZATION, Column("start", "Tuned from")]
    for i, question in enumerate(asked):
        group = label(question, asked)
        columns += [
            Column(f"{i} before", "Before", "number", group),
            Column(f"{i}", "After", "finding", group),
            Column(f"{i} items", "Won / lost", "text", group, "test items better / worse"),
        ]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for gain in found:
        criterion = gain.criterion
        names = (criterion.run, criterion.language, criterion.step, gain.after.initialization)
        head = dict(zip(("run", "language", "encoder", "initialization"), names, strict=True))
        row = rows.setdefault(names, head | {"start": gain.start})
        i = asked.index(_measure(Question.of(criterion)))
        row |= {f"{i} before": gain.before.mean, f"{i}": gain.after}
        row |= {} if gain.won is None else {f"{i} items": f"{gain.won} / {gain.lost}"}
    note = (
        "Differences and marks are against the model that the encoder was tuned from, on the same "
        "test items. Won / lost: items that the encoder does better and worse, in the mean over "
        "seeds."
    )
    return Table("encoders", "What tuning changed", columns, list(rows.values()), note)


def tuning_table(collection: Collected) -> Table:
    """Losses and time of each tuning, from its metrics file."""
    rows = []
    for (training, name), lines in collection.tunings.items():
        last = lines[-1]
        rows.append(
            {"run": training.run, "initialization": training.initialization, "encoder": name}
            | {"seed": training.seed, "step": last.get("step")}
            | {f"{key} {end}": _loss(lines, key, end) for key in _LOSSES for end in (0, -1)}
            | {key: last.get(key) for key in _PLACE}
        )
    columns = [RUN, INITIALIZATION, _ENCODER, Column("seed", "Seed", "integer")]
    columns.append(Column("step", "Steps", "integer"))
    for key, name in _LOSSES.items():
        if any(row[f"{key} 0"] is not None for row in rows):
            columns.append(Column(f"{key} 0", "First", "number", f"Loss: {name.lower()}"))
            columns.append(Column(f"{key} -1", "Last", "number", f"Loss: {name.lower()}"))
    columns += [
        Column("seconds", "Time", "seconds"),
        Column("cpu_seconds", "CPU time", "seconds"),
        Column("processes", "Processes", "integer"),
        Column("device", "Device"),
    ]
    if any(row["precision"] for row in rows):  # earlier versions do not say it
        columns.append(Column("precision", "Arithmetic"))
    note = (
        "Losses are means over the steps up to the first and the last line of the log, not of "
        "held-out text. The vectors of a teacher are part of the time of the tuning that asked for "
        "them first; others share them."
    )
    return Table("tuning", "Tuning of sentence encoders", columns, rows, note)


def _loss(lines: Lines, key: str, end: int) -> float | None:
    known = [line[key] for line in lines if line.get(key) is not None]
    return float(known[end]) if known else None


def _measure(asked: Question) -> Question:
    """What was asked, of whichever encoder."""
    return replace(asked, step="")
