"""Which parts of the configuration a stage reads: names behind names, as pure functions."""

from dataclasses import dataclass
from typing import Literal

from lingraft.config.corpora import PretrainedTokenizer
from lingraft.config.evaluation import MODEL_TASKS
from lingraft.experiment.configuration import Config, Run, datasets_of_tasks, made_from


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


def sources_of_model(config: Config, model: str) -> list[str]:
    """Names of the downloads that a source model is converted from."""
    block = config.models[model]
    return sorted({name for name in (block.source, block.tokenizer_source) if name is not None})


@dataclass(frozen=True)
class TokenizerOrigin:
    """What a tokenizer is made from: corpora, or a download that holds it."""

    corpora: tuple[str, ...] = ()
    download: str | None = None


def tokenizer_made_from(config: Config, tokenizer: str) -> TokenizerOrigin:
    """The corpora that a tokenizer is trained on, or the download it is taken from."""
    block = config.tokenizers[tokenizer]
    if isinstance(block, PretrainedTokenizer):
        return TokenizerOrigin(download=block.source)
    return TokenizerOrigin(corpora=block.corpora)


def used_datasets(config: Config) -> list[str]:
    """Names of the datasets that configured tasks are measured on."""
    return list(dict.fromkeys(datasets_of_tasks(config.evaluation).values()))


@dataclass(frozen=True)
class EvidenceNames:
    """What an initialization reads beside model, vocabulary and corpora, which all have."""

    alignments: tuple[str, ...] = ()
    multilingual_vectors: str | None = None
    donor: str | None = None


def evidence(config: Config, run: str, initialization: str) -> EvidenceNames:
    """The evidence that the method takes and the run has: methods wait for nothing else."""
    method, block = config.initializations[initialization], config.runs[run]
    donor = block.donor if "donor" in method.takes else None
    if method.takes_multilingual_vectors and block.multilingual_vectors is not None:
        return EvidenceNames(multilingual_vectors=block.multilingual_vectors, donor=donor)
    alignments = block.alignments if "vectors" in method.takes else ()
    return EvidenceNames(tuple(alignments), donor=donor)


def source_vectors(config: Config, run: str) -> str:
    """Name of the source language's vectors, which all alignments of a run share."""
    return config.alignments[config.runs[run].alignments[0]].source


def model_tasks(config: Config) -> list[str]:
    """The configured tasks that measure models."""
    return [name for name in MODEL_TASKS if getattr(config.evaluation, name) is not None]


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
