"""The names by which sections of a configuration refer to each other."""

from collections.abc import Iterator

from lingraft.config.tokenizers import DerivedTokenizer, PretrainedTokenizer
from lingraft.encoders.recipes import origins_of
from lingraft.encoders.settings import STATES
from lingraft.evaluation.configuration import Evaluation
from lingraft.experiment.runs import Run
from lingraft.experiment.sections import Sections


def references(config: Sections) -> Iterator[tuple[str, str, str]]:
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
    yield from _generator_references(config)
    yield from _encoder_references(config)
    for key, recipe in config.pretraining.items():
        for name in recipe.corpus_weights:
            yield f"pretraining.{key}.corpus_weights", name, "corpora"
        for name in (name for stage in recipe.stages for name in stage.corpora or ()):
            yield f"pretraining.{key}.stages", name, "corpora"
        for name in recipe.shields:
            yield f"pretraining.{key}: shield.corpus", name, "corpora"
    for key, run in config.runs.items():
        yield from _run_references(f"runs.{key}", run)
    for key, dataset in config.datasets.items():
        yield f"datasets.{key}.source", dataset.source, "sources"
    for number, graph in enumerate(config.report.neighbor_graphs):
        yield f"report.neighbor_graphs.{number}", graph.title, graph.section
    for task, name in datasets_of_tasks(config.evaluation).items():
        yield f"evaluation.{task}.data", name, "datasets"
    for task, name in generators_of_tasks(config.evaluation).items():
        yield f"evaluation.{task}.embeddings", name, "generators"


def datasets_of_tasks(evaluation: Evaluation) -> dict[str, str]:
    """Task -> the dataset that it is measured on, for tasks that name one."""
    named = {name: getattr(task, "data", None) for name, task in evaluation.chosen().items()}
    return {task: name for task, name in named.items() if name is not None}


def generators_of_tasks(evaluation: Evaluation) -> dict[str, str]:
    """Task -> the trained generator that makes its rows, for tasks that name one."""
    named = {name: task.trained_generator for name, task in evaluation.chosen().items()}
    return {task: name for task, name in named.items() if name is not None}


def _corpus_references(config: Sections) -> Iterator[tuple[str, str, str]]:
    for key, corpus in config.corpora.items():
        for text in corpus.texts:
            yield f"corpora.{key}.texts", text.source, "sources"
        if (identification := corpus.cleaning.identification) is not None:
            block = f"corpora.{key}.cleaning.identification"
            yield f"{block}.source", identification.source, "sources"
        if corpus.pivot is not None:
            yield f"corpora.{key}.pivot", corpus.pivot, "corpora"
        if corpus.near_duplicates is not None:
            for name in corpus.near_duplicates.against:
                yield f"corpora.{key}.near_duplicates.against", name, "corpora"
        if corpus.select is not None:
            if corpus.select.corpus is not None:
                yield f"corpora.{key}.select.corpus", corpus.select.corpus, "corpora"
            for text in corpus.select.texts:
                yield f"corpora.{key}.select.texts", text.source, "sources"
    for key, tokenizer in config.tokenizers.items():
        if isinstance(tokenizer, PretrainedTokenizer):
            yield f"tokenizers.{key}.source", tokenizer.source, "sources"
            continue
        if isinstance(tokenizer, DerivedTokenizer):
            section, base = tokenizer.base
            yield f"tokenizers.{key}.{section[:-1]}", base, section
        for name in tokenizer.corpora:
            yield f"tokenizers.{key}.corpora", name, "corpora"


def _vector_references(config: Sections) -> Iterator[tuple[str, str, str]]:
    for key, vectors in config.vectors.items():
        for section, name in vectors.made_from:
            yield f"vectors.{key}", name, section
    for key, alignment in config.alignments.items():
        yield f"alignments.{key}.source", alignment.source, "vectors"
        yield f"alignments.{key}.target", alignment.target, "vectors"
        for dictionary in alignment.dictionaries:
            for section, name in dictionary.made_from:
                yield f"alignments.{key}.dictionaries", name, section
        for name in alignment.partners:
            yield f"alignments.{key}.jointly", name, "alignments"


def _generator_references(config: Sections) -> Iterator[tuple[str, str, str]]:
    options = {"models": "model", "corpora": "language_model.corpora"}
    for key, generator in config.generators.items():
        for section, name in generator.made_from:
            option = options.get(section, section)
            yield f"generators.{key}.{option}", name, section
    for key, method in config.initializations.items():
        if (generator_name := method.trained_generator) is not None:
            yield f"initializations.{key}.generator", generator_name, "generators"


def _encoder_references(config: Sections) -> Iterator[tuple[str, str, str]]:
    for key, training_set in config.training_sets.items():
        for section, name in training_set.made_from:
            yield f"training_sets.{key}", name, section
    for key, recipe in config.encoders.items():
        users = [name for name, run in config.runs.items() if key in run.encoders]
        for name in {name for run in users for name in recipe.of_run(run).sets}:
            yield f"encoders.{key}", name, "training_sets"
        if recipe.teacher is not None:
            yield f"encoders.{key}.teacher", recipe.teacher, "models"
        for origin in origins_of(recipe):
            if origin.step not in STATES:
                yield f"encoders.{key}", origin.step, "encoders"


def _run_references(key: str, run: Run) -> Iterator[tuple[str, str, str]]:
    yield f"{key}.model", run.model, "models"
    yield f"{key}.tokenizer", run.tokenizer, "tokenizers"
    for name in run.corpora:
        yield f"{key}.corpora", name, "corpora"
    for name in run.evaluation_corpora or ():
        yield f"{key}.evaluation_corpora", name, "corpora"
    if run.multilingual_vectors is not None:
        yield f"{key}.multilingual_vectors", run.multilingual_vectors, "vectors"
    for name in run.alignments:
        yield f"{key}.alignments", name, "alignments"
    if run.donor is not None:
        yield f"{key}.donor", run.donor, "models"
    for name in run.initializations:
        yield f"{key}.initializations", name, "initializations"
    for place, name in run.named_recipes.items():
        yield f"{key}.{place}", name, "pretraining"
    for name in run.encoders:
        yield f"{key}.encoders", name, "encoders"
