"""From saved predictions to per-example evidence: what each metric sums over which examples.

A metric that is not listed here gets no interval over examples, and the report says so.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.results import read_predictions
from lingraft.reporting.statistics import Examples
from lingraft.reporting.statistics.examples import Transform, metric
from lingraft.reporting.statistics.summaries import Floats

Group = tuple[str, str, int | None]  # language, setting, seed of the task where it has several


_GROUPED = ("language", "setting", "system", "seed")


@dataclass(frozen=True, eq=False)
class Records:
    """Predictions of one language and setting as columns: thousands of dicts would fill memory."""

    ids: tuple[str, ...]
    columns: Mapping[str, NDArray[Any]]  # what each example says under a key, N values

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self.columns[key]


@dataclass(frozen=True)
class ExampleSums:
    """Numerators and denominators NK of one metric on one set of examples, known by their ids."""

    ids: tuple[str, ...]
    numerators_NK: Floats
    denominators_NK: Floats
    transform: Transform = "identity"

    @property
    def score(self) -> float:
        """The metric, recomputed from the examples."""
        sums = self.numerators_NK.sum(0), self.denominators_NK.sum(0)
        if len(sums[0]) > 1 or sums[1][0] <= 0:
            return float(metric(*sums, self.transform))
        ratio = float(sums[0][0] / sums[1][0])  # nearly always, and asked a hundred thousand times
        return math.exp(ratio) if self.transform == "exp" else ratio


def read_groups(path: Path) -> dict[Group, Records]:
    """The model's own predictions by language, setting and seed, sorted by id."""
    groups: dict[Group, list[Mapping[str, Any]]] = {}
    for record in read_predictions(path):
        if "id" in record and record.get("system", MODEL) == MODEL:
            place = (str(record.get("language", "")), str(record.get("setting", "")))
            key = (*place, record.get("seed"))
            groups.setdefault(key, []).append(record)
    return {key: to_columns(records) for key, records in groups.items()}


def to_columns(records: Sequence[Mapping[str, Any]]) -> Records:
    """Records as columns; a key that not every record has, or with lists, is left out."""
    ids = [str(record["id"]) for record in records]
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ordered = [records[i] for i in order]
    columns = {}
    for key in ordered[0].keys() - {"id", *_GROUPED}:
        try:
            columns[key] = np.array([record[key] for record in ordered])
        except (KeyError, ValueError):  # ValueError: lists of unlike lengths, as of tags
            continue
    return Records(tuple(ids[i] for i in order), columns)


def evidence(metric: str, records: Records | None) -> ExampleSums | None:
    """Per-example evidence of a metric, or None where the records do not determine it."""
    name = metric.partition("@")[0]
    if records is None or name not in _EVIDENCE:
        return None
    try:
        numerators_NK, denominators_NK = _EVIDENCE[name](metric, records)
    except KeyError:
        return None
    transform: Transform = "exp" if metric == "perplexity" else "identity"
    return ExampleSums(records.ids, numerators_NK, denominators_NK, transform)


def pair(cells: Sequence[ExampleSums]) -> Examples | None:
    """Seeds of one system as one table, or None where they saw different examples."""
    if len({cell.ids for cell in cells}) != 1:
        return None
    classes = max(cell.numerators_NK.shape[1] for cell in cells)
    return Examples(
        np.stack([_widened(cell.numerators_NK, classes) for cell in cells]),
        np.stack([_widened(cell.denominators_NK, classes) for cell in cells]),
        cells[0].transform,
    )


def _widened(part_NK: Floats, classes: int) -> Floats:
    """Add classes that do not occur: they count for nothing, but arrays need one shape."""
    missing = classes - part_NK.shape[1]
    return np.pad(part_NK, ((0, 0), (0, missing))) if missing else part_NK


def _accuracy(metric: str, records: Records) -> tuple[Floats, Floats]:
    _, at, k = metric.partition("@")
    if at:
        hits = _column(records["rank"] <= int(k))
    elif "correct" in records.columns:
        hits = _column(records["correct"])
    else:
        hits = _column(records["gold"] == records["predicted"])
    return hits, np.ones_like(hits)


def _reciprocal_rank(metric: str, records: Records) -> tuple[Floats, Floats]:
    values = _column(1 / records["rank"])
    return values, np.ones_like(values)


def _loss(metric: str, records: Records) -> tuple[Floats, Floats]:
    return _column(records["loss"]), _column(records["predicted"])


def _bits_per_byte(metric: str, records: Records) -> tuple[Floats, Floats]:
    # Tokens per byte belongs to the tokenizer and the text, not to the model: held fixed.
    losses_N1, predicted_N1 = _loss(metric, records)
    factor = float(records["tokens"].sum() / records["bytes"].sum()) / math.log(2)
    return losses_N1 * factor, predicted_N1


def _f1(metric: str, records: Records) -> tuple[Floats, Floats]:
    """Micro-averaged, from what was found, invented and missed in each sentence."""
    hits = _column(2 * records["true_positives"])
    return hits, hits + _column(records["false_positives"] + records["false_negatives"])


def _macro_f1(metric: str, records: Records) -> tuple[Floats, Floats]:
    gold_N1, predicted_N1 = records["gold"][:, None], records["predicted"][:, None]
    classes_K = np.unique(gold_N1)  # the labels of the test set, as the task has it
    hits_NK = 2.0 * ((gold_N1 == classes_K) & (predicted_N1 == classes_K))
    return hits_NK, (gold_N1 == classes_K) * 1.0 + (predicted_N1 == classes_K)


def _token_accuracy(metric: str, records: Records) -> tuple[Floats, Floats]:
    return _column(records["correct"]), _column(records["tokens"])


def _column(values_N: NDArray[Any]) -> Floats:
    return np.asarray(values_N, dtype=np.float64)[:, None]


_EVIDENCE: Mapping[str, Callable[[str, Records], tuple[Floats, Floats]]] = {
    "accuracy": _accuracy,
    "mean_reciprocal_rank": _reciprocal_rank,
    "loss": _loss,
    "perplexity": _loss,
    "bits_per_byte": _bits_per_byte,
    "f1": _f1,
    "seqeval_f1": _f1,
    "token_accuracy": _token_accuracy,
    "macro_f1": _macro_f1,
}

PER_TOKEN = frozenset(  # metrics that are means over predicted tokens
    name for name, sums in _EVIDENCE.items() if sums in (_loss, _bits_per_byte)
)
