"""Which of the jobs that are ready starts first: the one that the longest chain waits for.

Snakemake takes the highest number (`priority`). Without numbers it takes any job, and on two cores
one of them idled while everything waited for the training of a head.
"""

from collections.abc import Callable
from typing import Any

from lingraft.experiment.configuration import Config
from lingraft.stages.signatures import known
from lingraft.stages.trainings import TrainingId, encoders

TEXT = 4
"""Text: all else waits for it. A training also scores corpora that it is not made from, and has no
edge to them, which would train finished models again."""
SOURCE_MODEL = 3
"""The source model and the warm-up of its head: every initialization waits for it."""
WORDS = 2
"""Tokenizers, tokens, word vectors, alignments, generators."""
ENCODERS = 1
"""What ends with a sentence encoder: three trainings one after the other."""


def of_training(config: Config) -> Callable[[Any], int]:
    """The number of a job of one training: those that become encoders come before the others.

    Evaluations have none, so they take turns with the other trainings: of a run of a week, one sees
    the first results on its first day.
    """

    @known
    def priority(wildcards: Any) -> int:
        training = TrainingId(wildcards["run"], wildcards["initialization"], int(wildcards["seed"]))
        return ENCODERS if encoders(config, training) else 0

    return priority
