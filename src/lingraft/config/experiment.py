"""The configuration as a whole: everything is named once, and `runs` combines the names."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from lingraft.config.base import Block, Name
from lingraft.config.corpora import Corpus, Tokenizer
from lingraft.config.evaluation import Evaluation
from lingraft.config.initialization import Initialization
from lingraft.config.names import require_known
from lingraft.config.pretraining import Model, Pretraining
from lingraft.config.report import Report
from lingraft.config.sources import Source
from lingraft.config.vectors import Alignment, Vectors


class Run(Block):
    """One language to learn: every initialization here, with every seed, is one training."""

    model: Name
    """The source model, by its name in `models`."""
    tokenizer: Name
    """The vocabulary the model shall get, by its name in `tokenizers`."""
    corpora: Annotated[list[Name], Field(min_length=1)]
    """The text to continue pretraining on, by names in `corpora`."""
    alignments: list[Name] = []
    """Aligned vector spaces for the methods that need them, by names in `alignments`."""
    initializations: Annotated[list[Name], Field(min_length=1)]
    """The initializations to compare, by names in `initializations`."""
    pretraining: Name | None = None
    """The recipe of continued pretraining; without one, the run ends at step 0."""
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    """One training for each seed; six or more make differences between seeds testable."""


class Config(Block):
    """A whole experiment. A configuration file stands alone: it is merged with nothing."""

    experiment: Name
    """Name of the experiment; its artifacts are under `results/<experiment>/`."""
    sources: dict[Name, Source] = {}
    """What is downloaded, each once."""
    corpora: dict[Name, Corpus] = {}
    """Text: read from sources, cleaned, with a part held out."""
    models: dict[Name, Model] = {}
    """Pretrained models to start from."""
    tokenizers: dict[Name, Tokenizer] = {}
    """Tokenizers to train."""
    vectors: dict[Name, Vectors] = {}
    """Static word vectors to train or load."""
    alignments: dict[Name, Alignment] = {}
    """Pairs of vector spaces to bring into one space."""
    initializations: dict[Name, Initialization] = {}
    """Ways to initialize the new embeddings: a method and its options."""
    pretraining: dict[Name, Pretraining] = {}
    """Recipes of (continued) pretraining."""
    runs: dict[Name, Run] = {}
    """What to train: names from above, combined."""
    evaluation: Evaluation = Evaluation()
    """What to measure."""
    report: Report = Report()
    """What the report compares."""

    @model_validator(mode="after")
    def _check_names(self) -> "Config":
        for key, name, section in _references(self):
            require_known(name, getattr(self, section), key, section)
        _check_runs(self)
        return self


def _references(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield (key that refers, name it refers to, section where that name must be)."""
    yield from _corpus_references(config)
    yield from _vector_references(config)
    for key, model in config.models.items():
        yield f"models.{key}.source", model.source, "sources"
        if model.tokenizer_source is not None:
            yield f"models.{key}.tokenizer_source", model.tokenizer_source, "sources"
        if model.head is not None:
            yield f"models.{key}.head.corpus", model.head.corpus, "corpora"
            yield f"models.{key}.head.pretraining", model.head.pretraining, "pretraining"
    for key, run in config.runs.items():
        yield from _run_references(f"runs.{key}", run)


def _corpus_references(config: Config) -> Iterator[tuple[str, str, str]]:
    for key, corpus in config.corpora.items():
        for text in corpus.texts:
            yield f"corpora.{key}.texts", text.source, "sources"
        if corpus.pivot is not None:
            yield f"corpora.{key}.pivot", corpus.pivot, "corpora"
    for key, tokenizer in config.tokenizers.items():
        for name in tokenizer.corpora:
            yield f"tokenizers.{key}.corpora", name, "corpora"


def _vector_references(config: Config) -> Iterator[tuple[str, str, str]]:
    for key, vectors in config.vectors.items():
        for section, name in made_from(vectors):
            yield f"vectors.{key}", name, section
    for key, alignment in config.alignments.items():
        yield f"alignments.{key}.source", alignment.source, "vectors"
        yield f"alignments.{key}.target", alignment.target, "vectors"
        for dictionary in alignment.dictionaries:
            for section, name in made_from(dictionary):
                yield f"alignments.{key}.dictionaries", name, section


def made_from(block: Block) -> Iterator[tuple[str, str]]:
    """Yield (section, name) of what vectors or a dictionary are made from: a download, a corpus."""
    for field, section in (("source", "sources"), ("corpus", "corpora")):
        name = getattr(block, field, None)
        if name is not None:
            yield section, name


def _run_references(key: str, run: Run) -> Iterator[tuple[str, str, str]]:
    yield f"{key}.model", run.model, "models"
    yield f"{key}.tokenizer", run.tokenizer, "tokenizers"
    for name in run.corpora:
        yield f"{key}.corpora", name, "corpora"
    for name in run.alignments:
        yield f"{key}.alignments", name, "alignments"
    for name in run.initializations:
        yield f"{key}.initializations", name, "initializations"
    if run.pretraining is not None:
        yield f"{key}.pretraining", run.pretraining, "pretraining"


def _check_runs(config: Config) -> None:
    for key, run in config.runs.items():
        for what, values in (("seeds", run.seeds), ("initializations", run.initializations)):
            if len(set(values)) < len(values):
                raise ValueError(f"runs.{key}.{what} names one twice")
        for name in run.initializations:
            if config.initializations[name].needs_vectors and not run.alignments:
                raise ValueError(
                    f"runs.{key}.alignments is empty, but {name} needs aligned vectors"
                )
