"""The cells of an experiment: which models are trained, in which states, and where they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lingraft.encoders.settings import STATES
from lingraft.experiment.configuration import Config

Step = str  # a state of a model: initialized, pretrained, or the name of an encoder


@dataclass(frozen=True, order=True)
class TrainingId:
    """One cell of the experiment: a run, one of its initializations, and a seed."""

    run: str
    initialization: str
    seed: int

    @property
    def folder(self) -> str:
        """Where its models and evaluations are, below `models/` and `evaluation/`."""
        return f"{self.run}/{self.initialization}/seed-{self.seed}"

    def card(self, encoder: Step | None = None) -> str:
        """The name of a model card: of its language model, or of an encoder."""
        name = self.folder.replace("/", "-")
        return f"{name}-{encoder}" if encoder else name

    @property
    def labels(self) -> dict[str, str]:
        """Its names, as Snakemake's report shows them."""
        return {
            "run": self.run,
            "initialization": self.initialization,
            "seed": str(self.seed),
        }


def trainings(config: Config) -> list[TrainingId]:
    """Every training of the configuration, in the order in which it names them."""
    return [
        TrainingId(name, initialization, seed)
        for name, run in config.runs.items()
        for initialization in run.initializations
        for seed in run.seeds_of(initialization)
    ]


def language_model_steps(config: Config, training: TrainingId) -> list[Step]:
    """The states of a training's language models: initialized and, if it has a recipe,
    pretrained."""
    return _language_model_steps(config, training.run, training.initialization)


def steps(config: Config, training: TrainingId) -> list[Step]:
    """The states of a training's models that are evaluated: those of the language model, and then
    its encoders."""
    return [*language_model_steps(config, training), *encoders(config, training)]


def encoders(config: Config, training: TrainingId) -> list[Step]:
    """The sentence encoders that are made of a training's models."""
    return config.runs[training.run].encoders_of(training.initialization, training.seed)


def all_steps(config: Config) -> list[Step]:
    """Every state that a model of the experiment may be in, in the order of the configuration."""
    return [*STATES, *config.encoders]


def initializations_with(config: Config, run: str, step: Step) -> list[str]:
    """The initializations of a run that have models in a state: not all may be pretrained, or have
    an encoder."""
    block = config.runs[run]
    return [
        name
        for name in block.initializations
        if step in (*_language_model_steps(config, run, name), *block.encoders_of(name))
    ]


def seeds_with(config: Config, run: str, initialization: str, step: Step) -> list[int]:
    """The seeds with which an initialization has a model in a state: not all may be made into
    encoders."""
    return [
        seed
        for seed in config.runs[run].seeds_of(initialization)
        if step in steps(config, TrainingId(run, initialization, seed))
    ]


def last_step(config: Config, run: str) -> Step:
    """The last state of a run's language models; those that are not trained may not have it."""
    return [step for step in STATES if initializations_with(config, run, step)][-1]


def deciding_step(config: Config, run: str) -> Step:
    """The last state of a run's language models in which there are two or more to compare.

    With a single initialization, it is the last one that it has.
    """
    having = {step: len(initializations_with(config, run, step)) for step in STATES}
    fewest = min(2, having[STATES[0]])
    return [step for step, count in having.items() if count >= fewest][-1]


def _language_model_steps(config: Config, run: str, initialization: str) -> list[Step]:
    untrained = config.runs[run].recipe_of(initialization) is None
    return list(STATES[:1] if untrained else STATES)


def seed_counts(config: Config) -> set[int]:
    """How many seeds the initializations of the runs have."""
    runs = config.runs.values()
    return {len(run.seeds_of(name)) for run in runs for name in run.initializations}


def state_folder(folder: Path) -> Path:
    """Where the training of a model keeps its checkpoints: the same place below state/."""
    place = folder.parts.index("results") if "results" in folder.parts else 0
    return Path(*folder.parts[:place], "state", *folder.parts[place + 1 :])


def model_folder(names: Mapping[str, str], step: str) -> str:
    """The place of a model below the results.

    Args:
        names: a run, an initialization and a seed, under these names.
        step: the state of the model, e.g. `pretrained`.
    """
    training = TrainingId(names["run"], names["initialization"], int(names["seed"]))
    return f"models/{training.folder}/{step}"
