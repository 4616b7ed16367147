"""From saved predictions to per-example evidence: what each metric sums over which examples.

A metric that is not listed here gets no interval over examples, and the report says so.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lingraft.evaluation.results import MODEL, read_predictions
from lingraft.reporting.statistics import Examples
from lingraft.reporting.statistics.examples import Transform
from lingraft.reporting.statistics.summaries import Floats

Record = Mapping[str, Any]
Group = tuple[str, str]  # language, setting


@dataclass(frozen=True)
class Evidence:
    """Numerators and denominators NK of one metric on one set of examples, known by their ids."""

    ids: tuple[str, ...]
    numerators_NK: Floats
    denominators_NK: Floats
    transform: Transform = "identity"

    @property
    def score(self) -> float:
        """The metric, recomputed from the examples."""
        one_seed = Examples(self.numerators_NK[None], self.denominators_NK[None], self.transform)
        return float(one_seed.score_S[0])


def read_groups(path: Path) -> dict[Group, list[Record]]:
    """The model's own predictions by language and setting, sorted by id."""
    groups: dict[Group, list[Record]] = {}
    for record in read_predictions(path):
        if record.get("system", MODEL) == MODEL:
            key = (str(record.get("language", "")), str(record.get("setting", "")))
            groups.setdefault(key, []).append(record)
    return {key: sorted(rows, key=lambda row: str(row["id"])) for key, rows in groups.items()}


def evidence(metric: str, records: Sequence[Record]) -> Evidence | None:
    """Per-example evidence of a metric, or None where the records do not determine it."""
    if not records or metric.partition("@")[0] not in _EVIDENCE:
        return None
    try:
        numerators_NK, denominators_NK = _EVIDENCE[metric.partition("@")[0]](metric, records)
    except KeyError:
        return None
    ids = tuple(str(record["id"]) for record in records)
    transform: Transform = "exp" if metric == "perplexity" else "identity"
    return Evidence(ids, numerators_NK, denominators_NK, transform)


def pair(cells: Sequence[Evidence]) -> Examples | None:
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
    return np.pad(part_NK, ((0, 0), (0, classes - part_NK.shape[1])))


def _accuracy(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    _, at, k = metric.partition("@")
    if at:
        hits = _column(records, lambda r: r["rank"] <= int(k))
    elif "correct" in records[0]:
        hits = _column(records, lambda r: r["correct"])
    else:
        hits = _column(records, lambda r: r["gold"] == r["predicted"])
    return hits, np.ones_like(hits)


def _reciprocal_rank(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    values = _column(records, lambda r: 1 / r["rank"])
    return values, np.ones_like(values)


def _loss(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    return _column(records, lambda r: r["loss"]), _column(records, lambda r: r["predicted"])


def _bits_per_byte(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    # Tokens per byte belongs to the tokenizer and the text, not to the model: held fixed.
    losses_N1, predicted_N1 = _loss(metric, records)
    tokens = sum(record["tokens"] for record in records)
    factor = tokens / sum(record["bytes"] for record in records) / math.log(2)
    return losses_N1 * factor, predicted_N1


def _f1(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    """Micro-averaged, from what was found, invented and missed in each sentence."""
    hits = _column(records, lambda r: 2 * r["true_positives"])
    errors = _column(records, lambda r: r["false_positives"] + r["false_negatives"])
    return hits, hits + errors


def _macro_f1(metric: str, records: Sequence[Record]) -> tuple[Floats, Floats]:
    gold = np.array([str(record["gold"]) for record in records])[:, None]
    predicted = np.array([str(record["predicted"]) for record in records])[:, None]
    classes_K = np.unique(np.concatenate([gold, predicted]))
    hits_NK = 2.0 * ((gold == classes_K) & (predicted == classes_K))
    return hits_NK, (gold == classes_K) * 1.0 + (predicted == classes_K)


def _column(records: Sequence[Record], value: Callable[[Record], Any]) -> Floats:
    return np.array([[value(record)] for record in records], dtype=np.float64)


_EVIDENCE: Mapping[str, Callable[[str, Sequence[Record]], tuple[Floats, Floats]]] = {
    "accuracy": _accuracy,
    "mean_reciprocal_rank": _reciprocal_rank,
    "loss": _loss,
    "perplexity": _loss,
    "bits_per_byte": _bits_per_byte,
    "f1": _f1,
    "macro_f1": _macro_f1,
}
