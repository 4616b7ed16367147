"""Runs that differ only in their initializations and seeds are one run in the report.

A user who adds two more seeds of one initialization writes a second run with the same model,
vocabulary, text and recipe. Its trainings are further seeds of the first run. If the report counted
the language twice, every corrected p would rise and its best initialization would win twice. An
initialization that both runs have must have the same recipe in both.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from lingraft.experiment.configuration import Config
from lingraft.experiment.runs import Run, trained_alike
from lingraft.reporting.collected.collection import Collected, Lines
from lingraft.stages.trainings import Step, TrainingId

V = TypeVar("V")

# Runs of one pool differ only in these, and train what they have in common alike.
_TRAININGS = ("initializations", "seeds", "pretraining")


def pools(config: Config) -> dict[str, str]:
    """Run -> the first run that trains the same model in the same way on the same text."""
    recipes: dict[str, dict[str, dict[str, str | None]]] = {}  # settings -> first run -> recipes
    found = {}
    for name, run in config.runs.items():
        alike = recipes.setdefault(run.model_dump_json(exclude=set(_TRAININGS)), {})
        joined = (first for first, known in alike.items() if trained_alike(known, run.recipes))
        found[name] = next(joined, name)
        alike.setdefault(found[name], {}).update(run.recipes)
    return found


def pool(config: Config, collection: Collected) -> tuple[Config, Collected]:
    """The experiment with every pool as one run, under the name of its first."""
    names = pools(config)
    if all(name == first for name, first in names.items()):
        return config, collection
    runs = {first: _joined(config, names, first) for first in dict.fromkeys(names.values())}
    published = tuple(
        p if p.run is None else p.model_copy(update={"run": names[p.run]})
        for p in config.report.published
    )
    report = config.report.model_copy(update={"published": published})
    return config.model_copy(update={"runs": runs, "report": report}), _renamed(collection, names)


def of_pool(training: TrainingId, names: Mapping[str, str]) -> TrainingId:
    """The training under the name of its pool."""
    return replace(training, run=names[training.run])


def _joined(config: Config, names: Mapping[str, str], first: str) -> Run:
    """All initializations of a pool, each with all of its seeds."""
    seeds: dict[str, dict[int, None]] = {}
    recipes: dict[str, str] = {}
    for name, run in config.runs.items():
        for initialization in run.initializations if names[name] == first else ():
            found = seeds.setdefault(initialization, {})
            found |= dict.fromkeys(run.seeds_of(initialization))
            if (recipe := run.recipe_of(initialization)) is not None:
                recipes[initialization] = recipe
    update = {
        "initializations": list(seeds),
        "seeds": {name: sorted(own) for name, own in seeds.items()},
        "pretraining": recipes,
    }
    return config.runs[first].model_copy(update=update)


def _renamed(collection: Collected, names: Mapping[str, str]) -> Collected:
    """If two runs of a pool have the same training, the results of the first run are kept."""

    def by_training(found: Mapping[TrainingId, V]) -> dict[TrainingId, V]:
        result: dict[TrainingId, V] = {}
        for training, value in found.items():
            result.setdefault(of_pool(training, names), value)
        return result

    # setdefault makes the first training the owner of its new name. Rows of a later one are left
    # out.
    owners: dict[TrainingId, TrainingId] = {}
    scores = [
        replace(row, training=of_pool(row.training, names))
        for row in collection.scores
        if owners.setdefault(of_pool(row.training, names), row.training) == row.training
    ]
    predictions = {
        (of_pool(training, names), step, task): path
        for (training, step, task), path in collection.predictions.items()
        if owners.get(of_pool(training, names)) == training
    }
    tunings: dict[tuple[TrainingId, Step], Lines] = {}
    for (training, step), lines in collection.tunings.items():
        tunings.setdefault((of_pool(training, names), step), lines)
    costs = [
        job if job.training is None else replace(job, training=of_pool(job.training, names))
        for job in collection.costs
    ]
    return replace(
        collection,
        scores=scores,
        predictions=predictions,
        curves=by_training(collection.curves),
        tunings=tunings,
        initializations=by_training(collection.initializations),
        parameters=by_training(collection.parameters),
        costs=costs,
    )
