"""From the configuration to named stages: what the rules ask, as pure functions.

A stage's settings are the text that Snakemake compares: only what the user set for this stage, so
that neither an unrelated run nor a new option with a default reruns anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from lingraft.arguments import VERSION_KEY
from lingraft.config.corpora import Corpus, PretrainedTokenizer
from lingraft.config.evaluation import MODEL_TASKS
from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config, Run, datasets_of_tasks, made_from

# Raised by hand when the results of a stage change for the same settings: scripts and modules are
# no inputs of the rules, because an edited comment must not retrain a week of work.
STAGE_VERSION: Mapping[str, int] = {
    "download": 1,
    "corpus": 1,
    "tokenizer": 2,
    "tokens": 1,
    "vectors": 2,
    "alignment": 2,
    "source_model": 2,
    "initialization": 2,
    "pretraining": 1,
    "dataset": 1,
    "evaluation": 1,
}

Step = Literal["initialized", "pretrained"]


@dataclass(frozen=True, order=True)
class Training:
    """One cell of the experiment: a run, one of its initializations, and a seed."""

    run: str
    initialization: str
    seed: int

    @property
    def folder(self) -> str:
        """Where its models and evaluations are, below `models/` and `evaluation/`."""
        return f"{self.run}/{self.initialization}/seed-{self.seed}"


def trainings(config: Config) -> list[Training]:
    """Every training of the configuration, in the order in which it names them."""
    return [
        Training(name, initialization, seed)
        for name, run in config.runs.items()
        for initialization in run.initializations
        for seed in run.seeds_of(initialization)
    ]


def require_runs(config: Config, origin: str) -> None:
    """Refuse an experiment without runs: there would be nothing to make but an empty report.

    Args:
        config: the experiment.
        origin: what to call its configuration.

    Raises:
        ConfigError: there is no run.
    """
    if not config.runs:
        raise ConfigError(
            f"{origin} has no runs, so there is nothing to make; add some, or name a file to make"
        )


def steps(config: Config, run: str) -> list[Step]:
    """The states of a run's models that are evaluated: initialized and, if trained, pretrained."""
    return (
        ["initialized"] if config.runs[run].pretraining is None else ["initialized", "pretrained"]
    )


def state_folder(folder: Path) -> Path:
    """Where the training of a model keeps its checkpoints: the same place below state/."""
    place = folder.parts.index("results") if "results" in folder.parts else 0
    return Path(*folder.parts[:place], "state", *folder.parts[place + 1 :])


def what_was_set(block: BaseModel) -> dict[str, Any]:
    """The values of a block that its configuration gives, without the defaults."""
    return block.model_dump(mode="json", exclude_unset=True)


def settings(block: BaseModel, stage: str, **names: Any) -> str:
    """The settings of one stage as canonical JSON, for a rule's `params`.

    Args:
        block: the block of the configuration that describes it.
        stage: its key in `STAGE_VERSION`.
        names: what the stage must know besides (a language, a seed).
    """
    content = what_was_set(block) | names
    if STAGE_VERSION[stage] > 1:  # version 1 leaves no trace, so that files by hand need none
        content[VERSION_KEY] = STAGE_VERSION[stage]
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def seed_counts(config: Config) -> set[int]:
    """How many seeds the initializations of the runs have."""
    runs = config.runs.values()
    return {len(run.seeds_of(name)) for run in runs for name in run.initializations}


def source_model_state(config: Config, model: str) -> Literal["converted", "ready"]:
    """The state of a source model that runs start from: `ready` after the warm-up of its head."""
    return "converted" if config.models[model].head is None else "ready"


def corpora_of_alignment(config: Config, alignment: str) -> list[str]:
    """Names of corpora that give dictionary entries to an alignment."""
    return _references(config, alignment, "corpora")


def sources_of_alignment(config: Config, alignment: str) -> list[str]:
    """Names of downloads that give dictionary entries to an alignment."""
    return _references(config, alignment, "sources")


def _references(config: Config, alignment: str, section: str) -> list[str]:
    found = [
        name
        for dictionary in config.alignments[alignment].dictionaries
        for named_section, name in made_from(dictionary)
        if named_section == section
    ]
    return sorted(set(found))


def sources_of_corpus(config: Config, corpus: str) -> list[str]:
    """Names of the downloads that a corpus reads."""
    return config.corpora[corpus].sources


def cleaning_settings(config: Config, corpus: str) -> str:
    """The settings of a corpus that its shards depend on: no other choice cleans them again."""
    chosen = what_was_set(config.corpora[corpus])
    for later in ("pivot", "held_out"):
        chosen.pop(later, None)
    return settings(Corpus.model_validate(chosen), "corpus")


def sources_of_model(config: Config, model: str) -> list[str]:
    """Names of the downloads that a source model is converted from."""
    block = config.models[model]
    return sorted({name for name in (block.source, block.tokenizer_source) if name is not None})


@dataclass(frozen=True)
class Origin:
    """What a tokenizer is made from: corpora, or a download that holds it."""

    corpora: tuple[str, ...] = ()
    download: str | None = None


def tokenizer_made_from(config: Config, tokenizer: str) -> Origin:
    """The corpora that a tokenizer is trained on, or the download it is taken from."""
    block = config.tokenizers[tokenizer]
    if isinstance(block, PretrainedTokenizer):
        return Origin(download=block.source)
    return Origin(corpora=block.corpora)


def used_datasets(config: Config) -> list[str]:
    """Names of the datasets that configured tasks are measured on."""
    return list(dict.fromkeys(datasets_of_tasks(config.evaluation).values()))


@dataclass(frozen=True)
class Evidence:
    """What an initialization reads beside model, vocabulary and corpora, which all have."""

    alignments: tuple[str, ...] = ()
    multilingual_vectors: str | None = None
    donor: str | None = None


def evidence(config: Config, run: str, initialization: str) -> Evidence:
    """The evidence that the method takes and the run has: methods wait for nothing else."""
    method, block = config.initializations[initialization], config.runs[run]
    donor = block.donor if "donor" in method.takes else None
    if method.takes_multilingual_vectors and block.multilingual_vectors is not None:
        return Evidence(multilingual_vectors=block.multilingual_vectors, donor=donor)
    alignments = block.alignments if "vectors" in method.takes else ()
    return Evidence(tuple(alignments), donor=donor)


def source_vectors(config: Config, run: str) -> str:
    """Name of the source language's vectors, which all alignments of a run share."""
    return config.alignments[config.runs[run].alignments[0]].source


def model_tasks(config: Config) -> list[str]:
    """The configured tasks that measure models."""
    return [name for name in MODEL_TASKS if getattr(config.evaluation, name) is not None]


def evaluation_settings(config: Config, *tasks: str) -> str:
    """The settings of some tasks alone, so that a change of one task repeats no other."""
    chosen = {
        name: block for name, block in what_was_set(config.evaluation).items() if name in tasks
    }
    return settings(type(config.evaluation).model_validate(chosen), "evaluation")


def evaluated_tokenizers(config: Config) -> list[str]:
    """The tokenizers to measure: those that runs use on text, if that task is configured."""
    if config.evaluation.tokenizer is None:
        return []
    return list(dict.fromkeys(run.tokenizer for run in config.runs.values() if run.corpora))


def evaluated_alignments(config: Config) -> list[str]:
    """The alignments to measure: those that runs use, if that task is configured."""
    if config.evaluation.lexicon is None:
        return []
    return list(dict.fromkeys(name for run in config.runs.values() for name in run.alignments))


def run_with_tokenizer(config: Config, tokenizer: str) -> Run:
    """The first run that uses a tokenizer: its source model and its text measure the tokenizer."""
    runs = (run for run in config.runs.values() if run.corpora)
    return next(run for run in runs if run.tokenizer == tokenizer)


def config_text(config: Config) -> str:
    """The whole configuration as canonical JSON: only what the user set."""
    return json.dumps(what_was_set(config), sort_keys=True, ensure_ascii=False)
