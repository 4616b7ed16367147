"""What a person asks of the workflow: the files that a whole experiment consists of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.experiment.folders import results_folder
from lingraft.stages.declaration import manifest
from lingraft.stages.references import (
    evaluated_alignments,
    evaluated_tokenizers,
    evaluated_vectors,
    model_tasks,
)
from lingraft.stages.trainings import (
    encoders,
    language_model_steps,
    steps,
    trainings,
)


def download_files(config: Config) -> list[str]:
    """The manifests of all downloads."""
    return [manifest(f"downloads/{source}") for source in config.sources]


def model_files(config: Config) -> list[str]:
    """The manifests of all models, in all their states."""
    return [
        manifest(f"models/{training.folder}/{step}")
        for training in trainings(config)
        for step in steps(config, training)
    ]


def final_model_files(config: Config) -> list[str]:
    """The manifests of each training's last language model, and of its encoders."""
    return [
        manifest(f"models/{training.folder}/{step}")
        for training in trainings(config)
        for step in steps(config, training)
        if step not in language_model_steps(config, training)[:-1]
    ]


def evaluation_files(config: Config) -> list[str]:
    """All evaluation results, and the spaces whose neighbors the report draws."""
    of_models = [
        f"<results>/evaluation/{training.folder}/{step}/{task}.json"
        for training in trainings(config)
        for step in steps(config, training)
        for task in model_tasks(config)
    ]
    of_tokenizers = [
        f"<results>/evaluation/tokenizers/{name}.json" for name in evaluated_tokenizers(config)
    ]
    of_alignments = [
        f"<results>/evaluation/{task}/{name}.json" for name, task in evaluated_alignments(config)
    ]
    of_vectors = [
        f"<results>/evaluation/vectors/{name}/{task}.json"
        for name, task in evaluated_vectors(config)
    ]
    of_neighbors = [
        manifest(f"{graph.section}/{graph.title}") for graph in config.report.neighbor_graphs
    ]
    return of_models + of_tokenizers + of_alignments + of_vectors + of_neighbors


def products(config: Config) -> list[str]:
    """All that a person wants of a run: models and their evaluations as much as the report.

    Raises:
        ConfigError: there is nothing to make.
    """
    require_products(config, "the configuration")
    return [*model_files(config), *evaluation_files(config), "<results>/report/index.html"]


def require_products(config: Config, origin: str) -> None:
    """Refuse an experiment of which there would be nothing to make but an empty report.

    Args:
        config: the experiment.
        origin: what to call its configuration.

    Raises:
        ConfigError: there are neither runs nor vectors or alignments to measure.
    """
    if not config.runs and not evaluation_files(config):
        raise ConfigError(
            f"{origin} has no runs, and no vectors or alignments to measure, so there is nothing "
            "to make; add some, or name a file to make"
        )


@dataclass(frozen=True)
class Exhibit:
    """A part of the finished report that Snakemake's own report shows too."""

    category: str
    place: str
    """A file or a folder, below the results."""
    labels: Mapping[str, str]
    patterns: Sequence[str] = ()
    """Of a folder: the names of its files; what is in braces can be a label."""


def exhibits(config: Config) -> list[Exhibit]:
    """What is there. Which figures and tables a report has depends on the results."""
    results = results_folder(config.experiment)
    figures = Exhibit("Figures", "report/figures", {"figure": "{figure}"}, ["{figure}.svg"])
    tables = Exhibit("Tables", "report/tables", {"table": "{table}"}, ["{table}.csv"])
    cards = [
        Exhibit("Model cards", f"report/model_cards/{training.card(encoder)}.md", labels)
        for training in trainings(config)
        for encoder in (None, *encoders(config, training))
        for labels in [training.labels | ({"encoder": encoder} if encoder else {})]
    ]
    return [exhibit for exhibit in (figures, tables, *cards) if (results / exhibit.place).exists()]
