"""What each test example adds to a metric, from the saved predictions.

A task declares with each of its metrics which terms the examples add (`Metric.terms`). A metric
without any has no interval over examples, and the report says so.
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
from lingraft.evaluation.task import ExampleTerms
from lingraft.evaluation.tasks import metric_of
from lingraft.numeric.arrays import Float64
from lingraft.reporting.statistics import Examples
from lingraft.reporting.statistics.examples import Transform, metric

Group = tuple[str, str, int | None]  # language, setting, seed of the task if it has several


_GROUPED = ("language", "setting", "system", "seed")


@dataclass(frozen=True, eq=False)
class Records:
    """Predictions of one language and setting, as columns of N values to save memory."""

    ids: tuple[str, ...]
    columns: Mapping[str, NDArray[Any]]

    def __getitem__(self, key: str) -> NDArray[Any]:
        return self.columns[key]


@dataclass(frozen=True)
class ExampleSums:
    """Numerators and denominators NK of one metric: N examples with these ids, K classes."""

    ids: tuple[str, ...]
    numerators_NK: Float64
    denominators_NK: Float64
    transform: Transform = "identity"

    @property
    def score(self) -> float:
        """The metric, recomputed from the examples."""
        sums = self.numerators_NK.sum(0), self.denominators_NK.sum(0)
        if len(sums[0]) > 1 or sums[1][0] <= 0:
            return float(metric(*sums, self.transform))
        ratio = float(sums[0][0] / sums[1][0])  # the usual case, called 100,000 times
        return math.exp(ratio) if self.transform == "exp" else ratio


def read_groups(path: Path, system: str = MODEL) -> dict[Group, Records]:
    """Predictions of the model, or of another system, by language, setting and seed, sorted by
    id."""
    groups: dict[Group, list[Mapping[str, Any]]] = {}
    for record in read_predictions(path):
        if "id" in record and record.get("system", MODEL) == system:
            place = (str(record.get("language", "")), str(record.get("setting", "")))
            key = (*place, record.get("seed"))
            groups.setdefault(key, []).append(record)
    return {key: to_columns(records) for key, records in groups.items()}


def to_columns(records: Sequence[Mapping[str, Any]]) -> Records:
    """Records as columns; keys that some records lack, and ragged lists, are left out."""
    ids = [str(record["id"]) for record in records]
    # Indices in the order of the ids: an argsort of texts.
    order = sorted(range(len(ids)), key=ids.__getitem__)
    ordered = [records[i] for i in order]
    columns = {}
    for key in ordered[0].keys() - {"id", *_GROUPED}:
        try:
            columns[key] = np.array([record[key] for record in ordered])
        except (KeyError, ValueError):  # ValueError: lists of different lengths, such as tags
            continue
    return Records(tuple(ids[i] for i in order), columns)


def example_sums(task: str, metric: str, records: Records | None) -> ExampleSums | None:
    """What each example adds to a score; None if the records do not determine it.

    Args:
        task: name of the task, which declares what its metrics sum.
        metric: name of the metric, with its cutoff.
        records: the predictions behind the score.
    """
    known = metric_of(task, metric)
    if records is None or known is None or known.terms is None:
        return None
    try:
        numerators_NK, denominators_NK = _TERMS[known.terms](metric, records)
    except KeyError:
        return None
    transform: Transform = "exp" if metric == "perplexity" else "identity"
    return ExampleSums(records.ids, numerators_NK, denominators_NK, transform)


def is_per_token(task: str, metric: str) -> bool:
    """Whether a metric is a mean over predicted tokens."""
    known = metric_of(task, metric)
    return known is not None and known.terms in ("nats", "bits")


def pair(cells: Sequence[ExampleSums]) -> Examples | None:
    """The seeds of one system as one table; None if they were measured on different examples."""
    if len({cell.ids for cell in cells}) != 1:
        return None
    classes = max(cell.numerators_NK.shape[1] for cell in cells)
    return Examples(
        np.stack([_widened(cell.numerators_NK, classes) for cell in cells]),
        np.stack([_widened(cell.denominators_NK, classes) for cell in cells]),
        cells[0].transform,
    )


def _widened(part_NK: Float64, classes: int) -> Float64:
    """Add empty classes, which change no metric, so that all arrays have one shape."""
    missing = classes - part_NK.shape[1]
    return np.pad(part_NK, ((0, 0), (0, missing))) if missing else part_NK


def _accuracy(metric: str, records: Records) -> tuple[Float64, Float64]:
    _, at, k = metric.partition("@")
    if at:
        hits = _column(records["rank"] <= int(k))
    else:
        hits = _column(records["gold"] == records["predicted"])
    return hits, np.ones_like(hits)


def _reciprocal_rank(metric: str, records: Records) -> tuple[Float64, Float64]:
    values = _column(1 / records["rank"])
    return values, np.ones_like(values)


def _values(metric: str, records: Records) -> tuple[Float64, Float64]:
    """The example's own value, which has the name of the metric."""
    values = _column(records[metric])
    return values, np.ones_like(values)


def _loss(metric: str, records: Records) -> tuple[Float64, Float64]:
    return _column(records["loss"]), _column(records["predicted"])


def _bits_per_byte(metric: str, records: Records) -> tuple[Float64, Float64]:
    # Tokens per byte depend on the tokenizer and the text alone, so the factor is constant.
    losses_N1, predicted_N1 = _loss(metric, records)
    factor = float(records["tokens"].sum() / records["bytes"].sum()) / math.log(2)
    return losses_N1 * factor, predicted_N1


def _f1(metric: str, records: Records) -> tuple[Float64, Float64]:
    """Micro-averaged, from true positives, false positives and false negatives of each sentence."""
    hits = _column(2 * records["true_positives"])
    return hits, hits + _column(records["false_positives"] + records["false_negatives"])


def _macro_f1(metric: str, records: Records) -> tuple[Float64, Float64]:
    gold_N1, predicted_N1 = records["gold"][:, None], records["predicted"][:, None]
    classes_K = np.unique(gold_N1)  # the labels of the test set, as in the task
    hits_NK = 2.0 * ((gold_N1 == classes_K) & (predicted_N1 == classes_K))
    # (gold is k) + (predicted is k) = 2 true positives + false negatives + false positives. The
    # factor 1.0 makes numbers of truth values, whose sum would be a logical `or`.
    return hits_NK, (gold_N1 == classes_K) * 1.0 + (predicted_N1 == classes_K)


def _token_accuracy(metric: str, records: Records) -> tuple[Float64, Float64]:
    return _column(records["correct"]), _column(records["tokens"])


def _column(values_N: NDArray[Any]) -> Float64:
    return np.asarray(values_N, dtype=np.float64)[:, None]


_TERMS: Mapping[ExampleTerms, Callable[[str, Records], tuple[Float64, Float64]]] = {
    "hits": _accuracy,
    "reciprocal_ranks": _reciprocal_rank,
    "values": _values,
    "nats": _loss,
    "bits": _bits_per_byte,
    "entities": _f1,
    "labels": _macro_f1,
    "correct_tokens": _token_accuracy,
}
