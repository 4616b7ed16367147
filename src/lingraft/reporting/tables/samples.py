"""What the decoders of a run write behind the same beginnings: for the eye, never a score."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.results import read_predictions
from lingraft.evaluation.tasks.language_model import SOURCE
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.findings.wording import short_step
from lingraft.reporting.tables.table import INITIALIZATION, STEP, Column, Table
from lingraft.stages.trainings import Step

TASK = "samples"
_LONGEST = 240  # characters of a cell
# Marks of direction, which would turn what stands behind the text as well.
_TURNS = {*map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))}
_NOTE = (
    "Greedy continuations of the beginnings of held-out documents, of the first seed; they cannot "
    "be compared by counting, and the bits per byte say which model is better."
)
_NORMALIZED = (
    "The models read and write in the spelling of their normalizer; here it is as people write, as "
    "far as that comes back."
)

Records = Sequence[Mapping[str, Any]]


def sample_tables(config: Config, collection: Collected) -> list[Table]:
    """A table for each run that has samples: a column for each prompt, a row for each model."""
    tables = []
    for run, block in config.runs.items():
        read: dict[tuple[str, Step], Records] = {}
        for (training, step, task), path in collection.predictions.items():
            if task != TASK or training.run != run:
                continue
            if training.seed == block.seeds_of(training.initialization)[0]:
                read[training.initialization, step] = list(read_predictions(path))
        if any(read.values()):
            tables.append(_table(run, read))
    return tables


def plain(text: str) -> str:
    """A text on one line, without characters that change how the text around them is shown.

    Args:
        text: from a model or a download.
    """
    whole = " ".join(text.split())
    kept = "".join(c for c in whole if c not in _TURNS and unicodedata.category(c) != "Cc")
    return kept if len(kept) <= _LONGEST else f"{kept[:_LONGEST]}…"


def _table(run: str, read: Mapping[tuple[str, Step], Records]) -> Table:
    known = {str(r["id"]): r for own in read.values() for r in own if r["system"] == MODEL}
    columns = [INITIALIZATION, STEP]
    columns += [Column(name, f"Text {i + 1}", wraps=True) for i, name in enumerate(known)]
    rows: list[dict[str, str]] = [
        _row("the beginning", "", {name: r["prompt"] for name, r in known.items()}),
        _row("how it goes on", "", {name: r["real"] for name, r in known.items()}),
    ]
    if sources := _by(SOURCE, (r for records in read.values() for r in records)):
        rows.append(_row(f"{SOURCE}, untouched", "", sources))
    for (initialization, step), records in read.items():
        rows.append(_row(initialization, short_step(step), _by(MODEL, records)))
    note = _NOTE
    if any("generated_as_read" in record for records in read.values() for record in records):
        note = f"{_NOTE} {_NORMALIZED}"
    return Table(f"samples-{run}", f"{run}: texts that the models write", columns, rows, note)


def _by(system: str, records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {str(r["id"]): r["generated"] for r in records if r["system"] == system}


def _row(initialization: str, step: str, texts: Mapping[str, str]) -> dict[str, str]:
    shown = {name: plain(text) or "(nothing)" for name, text in texts.items()}
    return {"initialization": initialization, "step": step, **shown}
