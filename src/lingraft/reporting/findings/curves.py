"""Learning curves on three budgets, and how soon a run matches the baseline's last value.

They use the measure of the tables, bits per byte on single held-out documents: a training scores
the documents of the evaluation as it runs. The first point is that of the initialized model, the
last one that of the pretrained model. Text that the models are not trained on has curves of its
own: what is forgotten.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from lingraft.evaluation.outcome import MODEL
from lingraft.evaluation.tasks.language_model import ELSEWHERE, SOURCE
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected
from lingraft.reporting.collected.hours import (
    GPU,
    HOUR,
    hours_label,
    hours_of,
    hours_spent,
    initialization_seconds,
)
from lingraft.reporting.findings.measured_alike import measured_alike
from lingraft.reporting.statistics import AXES, CatchUp, Curve, compute_to_match
from lingraft.stages.references import evaluation_corpora
from lingraft.stages.trainings import Step, TrainingId, trainings

METRIC = "bits_per_byte"
MEASURE = "bits per byte"
_LOW = ("bf16", "fp16")

Points = dict[str, list[float]]  # axis or metric -> P values; without hours if they are not known


@dataclass(frozen=True)
class Band:
    """The bits per byte along training, averaged over seeds that were evaluated at the same steps.

    Attributes:
        budgets: P values for each axis that was measured.
        mean: P values.
        sd: P values; None with a single seed.
        seeds: how many were averaged.
    """

    run: str
    initialization: str
    budgets: Mapping[str, Sequence[float]]
    mean: Sequence[float]
    sd: Sequence[float] | None
    seeds: int


@dataclass(frozen=True)
class Match:
    """How soon one initialization of a run matches the baseline's last score, on one axis."""

    run: str
    initialization: str
    catch_up: CatchUp


@dataclass(frozen=True)
class Mark:
    """A single model beside the curves of its run, averaged over seeds: an encoder, or a model at
    step 0 that is not trained."""

    run: str
    initialization: str
    step: Step
    budgets: Mapping[str, float]
    bits_per_byte: float


@dataclass(frozen=True)
class Forgetting:
    """How models of a run read text that they are not trained on, along training.

    Attributes:
        run: its name.
        corpus: the text.
        bands: a curve for each initialization.
        source: bits per byte of the untouched source model; None if it was not measured.
    """

    run: str
    corpus: str
    bands: Sequence[Band]
    source: float | None


def bands(config: Config, collection: Collected, corpus: str = "") -> list[Band]:
    """One band for each initialization that was trained, in the configuration's order.

    Args:
        config: the experiment.
        collection: what its results folder has.
        corpus: one that the models are not trained on; empty for the mean over their own.
    """
    return [
        _band(run, initialization, curves)
        for run, initialization, curves in _by_initialization(config, collection, corpus)
    ]


def forgetting(config: Config, collection: Collected) -> list[Forgetting]:
    """The curves of text that no model is trained on; trainings of earlier versions have none."""
    sources: dict[tuple[str, str], float] = {}
    for row in collection.scores:
        score = row.score
        if score.metric == ELSEWHERE and score.system == SOURCE and score.value is not None:
            sources[row.training.run, score.setting] = score.value
    places = [(run, name) for run in config.runs for name in evaluation_corpora(config, run)]
    by_corpus = {name: bands(config, collection, name) for name in {name for _, name in places}}
    found = [
        Forgetting(
            run,
            name,
            [band for band in by_corpus[name] if band.run == run],
            sources.get((run, name)),
        )
        for run, name in places
    ]
    return [one for one in found if one.bands]


def matches(config: Config, collection: Collected) -> list[Match]:
    """Compute-to-match of every initialization against the baseline, on every axis."""
    curves = {(run, name): c for run, name, c in _by_initialization(config, collection)}
    found: list[Match] = []
    for (run, name), own in curves.items():
        base = curves.get((run, config.report.baseline))
        if base is None or name == config.report.baseline:
            continue
        for axis in _shared_axes([*own, *base]):
            sides = _on_axis(own, axis), _on_axis(base, axis)
            catch_up = compute_to_match(*sides, axis, "down", config.report.confidence)
            found.append(Match(run, name, catch_up))
    return found


def marks(config: Config, collection: Collected, found: Sequence[Band]) -> list[Mark]:
    """The encoders of the trainings that have a curve, with the budget of curve and tuning.

    A tuning counts examples and not tokens: on the axis of tokens an encoder is where its start is.

    Args:
        config: the experiment.
        collection: what its results folder has.
        found: the curves.
    """
    scores = _scores(collection)
    result = []
    for band in found:
        for encoder in config.runs[band.run].encoders_of(band.initialization):
            own = scores[band.run, band.initialization, encoder]
            budgets = _budgets(config, collection, band, encoder)
            if own and budgets is not None:
                names = band.run, band.initialization, encoder
                result.append(Mark(*names, budgets, float(np.mean(own))))
    return result


def untrained(config: Config, collection: Collected, found: Sequence[Band]) -> list[Mark]:
    """The initializations without a recipe, in the runs that have curves: they end at step 0.

    Args:
        config: the experiment.
        collection: what its results folder has.
        found: the curves.
    """
    scores, label = _scores(collection), hours_label(collection)
    result = []
    for run in dict.fromkeys(band.run for band in found):
        block = config.runs[run]
        for name in [name for name, recipe in block.recipes.items() if recipe is None]:
            own = scores[run, name, "initialized"]
            budgets = {"steps": 0.0, "tokens": 0.0}
            cells = [TrainingId(run, name, seed) for seed in block.seeds_of(name)]
            spent = [initialization_seconds(config, collection, cell) for cell in cells]
            known = [0.0 if label == GPU else value for value in spent if value is not None]
            if len(known) == len(spent):
                budgets["hours"] = float(np.mean(known)) / HOUR
            if own:
                result.append(Mark(run, name, "initialized", budgets, float(np.mean(own))))
    return result


def _scores(collection: Collected) -> dict[tuple[str, str, Step], list[float]]:
    """Run, initialization and state -> the scores of all seeds by the measure of the curves."""
    scores: dict[tuple[str, str, Step], list[float]] = defaultdict(list)
    for row in collection.scores:
        is_own = row.score.metric == METRIC and row.score.system == MODEL
        if is_own and row.score.value is not None:
            key = row.training.run, row.training.initialization, row.step
            scores[key].append(row.score.value)
    return scores


def _budgets(
    config: Config, collection: Collected, band: Band, step: Step
) -> dict[str, float] | None:
    """What a model in this state took: a point of the curve, and tunings; None if not known."""
    if step == "initialized":
        return {axis: values[0] for axis, values in band.budgets.items()}
    if step == "pretrained":
        return {axis: values[-1] for axis, values in band.budgets.items()}
    start = _budgets(config, collection, band, config.encoders[step].start)
    names = band.run, band.initialization, step
    took = [
        lines
        for (training, encoder), lines in collection.tunings.items()
        if (training.run, training.initialization, encoder) == names
    ]
    if start is None or not took:
        return None
    hours = [hours_of(lines, hours_label(collection)) or 0.0 for lines in took]
    more = {"steps": [float(lines[-1]["step"]) for lines in took], "hours": hours}
    return {axis: spent + float(np.mean(more.get(axis, 0.0))) for axis, spent in start.items()}


def measure_note(config: Config, collection: Collected) -> str:
    """A note on what the curves measure, for readers who compare them with the tables."""
    recipes = [
        config.pretraining[name]
        for run in config.runs.values()
        for name in run.named_recipes.values()
    ]
    said = f"The curves show {MEASURE} of held-out documents"
    if config.evaluation.task("language_model") is not None:
        said += (
            ", the number of the tables: the first point is the model at step 0, the last one the "
            "model after pretraining"
        )
        if any(recipe.early_stopping for recipe in recipes):
            said += " (with early stopping, the tables have the best point instead)"
    if any(len(run.corpora) > 1 for run in config.runs.values()):
        said += ". They are means over the languages of a run"
    arithmetics = _arithmetics(collection)
    on_gpu = hours_label(collection) == GPU
    is_low = any(r.precision in _LOW or (r.precision == "auto" and on_gpu) for r in recipes)
    if arithmetics & set(_LOW) or (is_low and not arithmetics):
        said += (
            ". A training in half precision measures in it, so that its points can differ from the "
            "tables, and from the level of the source model, by more than the seeds do"
        )
    if len(arithmetics) > 1:
        said += (
            f". Trainings differ in their arithmetic ({', '.join(sorted(arithmetics))}; see the "
            "table of trainings): compare those that have the same"
        )
    return f"{said}."


def _arithmetics(collection: Collected) -> set[str]:
    """In what trainings were computed, as far as they say it: those of earlier versions do not."""
    lines = chain.from_iterable(collection.curves.values())
    return {str(line["precision"]) for line in lines if line.get("precision")}


def points_of(config: Config, collection: Collected, corpus: str = "") -> dict[TrainingId, Points]:
    """The evaluated points of each training that was measured as the tables are.

    Args:
        config: the experiment.
        collection: what its results folder has.
        corpus: one that the models are not trained on; empty for the mean over their own.
    """
    hours, measured = hours_spent(config, collection), measured_alike(config, collection)
    return {
        training: _points(measured.get(training, ()), hours.get(training), corpus)
        for training in trainings(config)
    }


def _by_initialization(
    config: Config, collection: Collected, corpus: str = ""
) -> Iterator[tuple[str, str, list[Points]]]:
    """Yield run, initialization and the curves of its seeds; shorter curves are left out."""
    points = points_of(config, collection, corpus)
    for run_name, run in config.runs.items():
        for name in run.initializations:
            curves = [points[TrainingId(run_name, name, seed)] for seed in run.seeds_of(name)]
            longest = max((len(curve["steps"]) for curve in curves), default=0)
            whole = [curve for curve in curves if len(curve["steps"]) == longest]
            if longest:
                yield run_name, name, whole


def _points(
    lines: Sequence[Mapping[str, Any]], spent: Sequence[float] | None, corpus: str
) -> Points:
    """The evaluated points of one training; several lines at a step (languages) are averaged.

    `spent` are the hours up to each line, None if they were not measured.
    """
    by_step: dict[int, list[int]] = defaultdict(list)
    bits = [_bits(line, corpus) for line in lines]
    for place, line in enumerate(lines):
        if line.get("kind") == "valid" and bits[place] is not None:
            by_step[int(line["step"])].append(place)
    same_P = [by_step[step] for step in sorted(by_step)]
    points: Points = {
        "steps": sorted(by_step),
        "tokens": [max(float(lines[i].get("tokens") or 0) for i in same) for same in same_P],
        METRIC: [float(np.mean([bits[i] for i in same])) for same in same_P],
    }
    if spent is not None:
        points["hours"] = [spent[same[-1]] for same in same_P]
    return points


def _bits(line: Mapping[str, Any], corpus: str) -> float | None:
    """The bits per byte of a line, of one corpus or the mean over those that are trained on."""
    found = line.get("elsewhere", {}).get(corpus, {}) if corpus else line
    value: float | None = found.get(METRIC)
    return value


def _shared_axes(curves: Sequence[Points]) -> list[str]:
    return [axis for axis in AXES if all(axis in curve for curve in curves)]


def _band(run: str, initialization: str, curves: Sequence[Points]) -> Band:
    scores_SP = np.array([curve[METRIC] for curve in curves])
    budgets = {
        axis: np.mean([curve[axis] for curve in curves], axis=0).tolist()
        for axis in _shared_axes(curves)
    }
    sd = scores_SP.std(axis=0, ddof=1).tolist() if len(curves) > 1 else None
    return Band(run, initialization, budgets, scores_SP.mean(axis=0).tolist(), sd, len(curves))


def _on_axis(curves: Sequence[Points], axis: str) -> list[Curve]:
    return [Curve(_increasing(curve[axis]), curve[METRIC]) for curve in curves]


def _increasing(budgets: Sequence[float]) -> list[float]:
    """Budgets that strictly increase; equal ones, from a coarse clock, are moved minimally."""
    result: list[float] = []
    for budget in budgets:
        result.append(
            budget if not result or budget > result[-1] else math.nextafter(result[-1], math.inf)
        )
    return result
