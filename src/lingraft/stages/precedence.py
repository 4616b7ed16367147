"""Which of the jobs that are ready starts first: the one that the longest chain waits for.

Snakemake takes the highest number (`priority`). Without numbers it takes any job: on two cores one
of them idled while everything waited for the training of a head, and again while the last training
ran, because all models were measured already that could be.
"""

from collections.abc import Callable
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.stages.signatures import known
from lingraft.stages.trainings import TrainingId, encoders, trainings

TEXT = 4
"""Text: all else waits for it. A training also scores corpora that it is not made from, and has no
edge to them, which would train finished models again."""
SOURCE_MODEL = 3
"""The source model and the warm-up of its head: every initialization waits for it."""
WORDS = 2
"""Tokenizers, tokens, word vectors, alignments, generators."""
ENCODERS = 1
"""What ends with a sentence encoder: three trainings one after the other."""
_AHEAD = 4
"""So many trainings begin before the models of the first are measured.

Measuring is short work. What is left of it fills the other cores while the last training runs; and
of a run of a week, one sees the first results on its first day.
"""

Priority = Callable[[Any], float]


def of_training(config: Config) -> Priority:
    """The number of a job of one training: those that become encoders come before the others."""
    places = _places(config)

    @known
    def priority(wildcards: Any) -> float:
        training = _training(wildcards)
        return ENCODERS if encoders(config, training) else _number(places, training)

    return priority


def of_evaluation(config: Config) -> Priority:
    """The number of a job that measures the models of one training."""
    places = _places(config)

    @known
    def priority(wildcards: Any) -> float:
        # Before the training that begins when it is time, which has a whole place.
        return _number(places, _training(wildcards), _AHEAD - 0.5)

    return priority


def _training(wildcards: Any) -> TrainingId:
    return TrainingId(wildcards["run"], wildcards["initialization"], int(wildcards["seed"]))


def _places(config: Config) -> dict[TrainingId, int]:
    """Which training is the first to begin, which the second, and so on."""
    found = sorted(trainings(config), key=lambda training: not encoders(config, training))
    return {training: place for place, training in enumerate(found)}


def _number(places: dict[TrainingId, int], training: TrainingId, later: float = 0.0) -> float:
    """Between `ENCODERS` and 0, the less the later the place of a training.

    One that somebody asks for by a file, such as one with another seed, is the last.
    """
    place = places.get(training, len(places)) + later
    return ENCODERS - (place + 1) / (len(places) + _AHEAD + 1)
