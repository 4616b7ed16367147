"""Which parts of the configuration a stage reads: names behind names, as pure functions."""

import re
from dataclasses import dataclass
from typing import Any

from lingraft.config.pretraining import Pretraining
from lingraft.config.tokenizers import KeptTokenizer, PretrainedTokenizer
from lingraft.encoders.merging.settings import MergedEncoder
from lingraft.encoders.sets.mined import Mined
from lingraft.encoders.settings import TunedEncoder
from lingraft.errors import ConfigError
from lingraft.evaluation.subject import ModelSubject, TokenizerSubject
from lingraft.evaluation.task import Task
from lingraft.evaluation.word_subjects import AlignmentSubject, VectorsSubject
from lingraft.evaluation.words.word_task import WordTask
from lingraft.experiment.configuration import Config
from lingraft.experiment.references import datasets_of_tasks, generators_of_tasks
from lingraft.experiment.runs import Run


def converted_model(name: str) -> str:
    """The place of a source model as it was converted, with its own tokenizer."""
    return f"source_models/{name}/converted"


def source_model(config: Config, name: str) -> str:
    """The place of a source model as runs start from it: `ready` after the warm-up of its head."""
    state = "converted" if config.models[name].head is None else "ready"
    return f"source_models/{name}/{state}"


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
        for named_section, name in dictionary.made_from
        if named_section == section
    ]
    return sorted(set(found))


def sources_of_model(config: Config, model: str) -> list[str]:
    """Names of the downloads that a source model is converted from."""
    block = config.models[model]
    return sorted({name for name in (block.source, block.tokenizer_source) if name is not None})


def used_datasets(config: Config) -> list[str]:
    """Names of the datasets that configured tasks are measured on."""
    return list(dict.fromkeys(datasets_of_tasks(config.evaluation).values()))


def used_generators(config: Config, model: str) -> list[str]:
    """Names of the generators that configured tasks take and that learned the rows of a model."""
    named = generators_of_tasks(config.evaluation).values()
    return [name for name in dict.fromkeys(named) if config.generators[name].model == model]


@dataclass(frozen=True)
class EvidenceNames:
    """What an initialization reads beside model, vocabulary and corpora, which all have."""

    alignments: tuple[str, ...] = ()
    multilingual_vectors: str | None = None
    donor: str | None = None
    generator: str | None = None


def evidence(config: Config, run: str, initialization: str) -> EvidenceNames:
    """The evidence that the method takes and the run has: methods wait for nothing else.

    Args:
        config: the experiment.
        run: the name of the run.
        initialization: the name of the method's settings.
    """
    method, block = config.initializations[initialization], config.runs[run]
    if method.trained_generator is not None:
        generator = config.generators[method.trained_generator]
        return EvidenceNames(
            generator.aligned_by, generator.described_by, generator=method.trained_generator
        )
    donor = block.donor if "donor" in method.takes else None
    has_dictionary = "dictionary" in method.takes
    if method.takes_multilingual_vectors and block.multilingual_vectors is not None:
        found = tuple(block.alignments) if has_dictionary else ()
        return EvidenceNames(found, block.multilingual_vectors, donor)
    alignments = block.alignments if has_dictionary or "vectors" in method.takes else ()
    return EvidenceNames(tuple(alignments), donor=donor)


def keeps_vocabulary(config: Config, run: str) -> bool:
    """Whether the models of a run have the vocabulary of their source model."""
    block = config.runs[run]
    tokenizer, model = config.tokenizers[block.tokenizer], config.models[block.model]
    if isinstance(tokenizer, KeptTokenizer):
        return tokenizer.model == block.model
    own = (model.source, model.path)
    if model.tokenizer_source is not None:
        own = model.tokenizer_source, model.tokenizer_path
    return isinstance(tokenizer, PretrainedTokenizer) and own == (tokenizer.source, tokenizer.path)


def recipe(config: Config, run: str, initialization: str) -> Pretraining:
    """The recipe of continued pretraining of a run's initialization.

    Raises:
        ConfigError: it has none.
    """
    name = config.runs[run].recipe_of(initialization)
    if name is None:
        raise ConfigError(
            f"runs.{run}.pretraining has no recipe for {initialization}, so its models end at "
            "step 0"
        )
    return config.pretraining[name]


def evaluation_corpora(config: Config, run: str) -> list[str]:
    """The corpora that models of a run are measured on and never trained on.

    Where the run names none, these are texts in the source model's language that its models are
    made from in any case, so that nothing more is downloaded and no finished evaluation is planned
    again.
    """
    block = config.runs[run]
    if block.evaluation_corpora is not None:
        return block.evaluation_corpora
    model = config.models[block.model]
    near = [config.corpora[name].pivot for name in block.corpora]
    near.append(None if model.head is None else model.head.corpus)
    return [
        name
        for name in dict.fromkeys(near)
        if name is not None and name not in block.corpora
        if model.language is not None and config.corpora[name].language == model.language
    ]


def mined_names(config: Config) -> str:
    """A regular expression of the training sets whose negatives a model finds."""
    sets = config.training_sets.items()
    names = [re.escape(name) for name, block in sets if isinstance(block, Mined)]
    return "|".join(names) or "(?!)"  # which nothing fits


def held_out_of(config: Config, training_set: str) -> list[str]:
    """The places of the corpora and datasets whose held-out texts a training set must not have.

    These are its own corpora, those of the runs with an encoder that learns from it, the pivots
    that these follow, and the datasets that tasks are measured on.
    """
    corpora = set(_corpora_of_set(config, training_set))
    for key, run in config.runs.items():
        recipes = [config.encoders[name].of_run(key) for name in run.encoders]
        sets = {name for recipe in recipes for name in recipe.sets}
        if any(training_set in _sets_behind(config, name) for name in sets):
            corpora.update(run.corpora, run.evaluation_corpora or ())
    pivots = {pivot for name in corpora if (pivot := config.corpora[name].pivot) is not None}
    return [
        *(f"corpora/{name}" for name in sorted(corpora | pivots)),
        *(f"datasets/{name}" for name in sorted(used_datasets(config))),
    ]


def _sets_behind(config: Config, training_set: str) -> list[str]:
    """A set, and those that it is mined from."""
    made_from = config.training_sets[training_set].made_from
    behind = [name for section, name in made_from if section == "training_sets"]
    return [training_set, *(other for name in behind for other in _sets_behind(config, name))]


def _corpora_of_set(config: Config, training_set: str) -> list[str]:
    """The corpora that a set is read from, or those that the set behind it is."""
    made_from = [
        config.training_sets[name].made_from for name in _sets_behind(config, training_set)
    ]
    return [name for part in made_from for section, name in part if section == "corpora"]


def model_tasks(config: Config) -> list[str]:
    """The configured tasks that measure models."""
    return list(config.evaluation.chosen(ModelSubject))


def evaluated_tokenizers(config: Config) -> list[str]:
    """The tokenizers to measure: those that runs use on text, if a task measures any."""
    if not config.evaluation.chosen(TokenizerSubject):
        return []
    return list(dict.fromkeys(run.tokenizer for run in config.runs.values() if run.corpora))


def alignment_tasks(config: Config) -> list[str]:
    """The configured tasks that measure alignments."""
    return list(config.evaluation.chosen(AlignmentSubject))


def evaluated_alignments(config: Config) -> list[tuple[str, str]]:
    """The alignments to measure, which without runs are all, and the tasks that measure them and
    have text where they read some."""
    return [
        (name, task)
        for name in (alignments_in_use(config) if config.runs else config.alignments)
        for task in alignment_tasks(config)
        if not reads_text(config, task) or translated_corpora(config, name)
    ]


def alignments_in_use(config: Config) -> list[str]:
    """The alignments that runs use, and those that are declared to repeat a published one."""
    used = [name for run in config.runs.values() for name in run.alignments]
    published = [one.alignment for one in config.report.published if one.alignment is not None]
    return list(dict.fromkeys([*used, *published]))


def reads_text(config: Config, task: str) -> bool:
    """Whether a configured task reads corpora."""
    block = config.evaluation.task(task)
    return block is not None and "corpora" in block.reads


def translated_corpora(config: Config, alignment: str) -> list[str]:
    """The corpora that runs learn from and that translate the text of an alignment's source."""
    block = config.alignments[alignment]
    source, target = (language_of_vectors(config, side) for side in (block.source, block.target))
    return [
        name
        for name in corpora_in(config, target)
        if (pivot := config.corpora[name].pivot) is not None
        and config.corpora[pivot].language == source
    ]


def evaluated_vectors(config: Config) -> list[tuple[str, str]]:
    """Vectors and the tasks that measure them: those that have data of their language."""
    tasks = config.evaluation.chosen(VectorsSubject)
    pairs = [(name, task) for name in config.vectors for task in tasks]
    return [
        (name, task)
        for name, task in pairs
        if _can_measure(tasks[task], language_of_vectors(config, name), config)
    ]


def _can_measure(task: Task[Any], language: str | None, config: Config) -> bool:
    return isinstance(task, WordTask) and task.can_measure(language, config.datasets)


def language_of_vectors(config: Config, name: str) -> str | None:
    """The language of the words of a set of vectors, if it is one and known."""
    sections = {
        "corpora": config.corpora,
        "vectors": config.vectors,
        "alignments": config.alignments,
    }
    return config.vectors[name].language_of(sections)


def corpora_in(config: Config, language: str | None) -> list[str]:
    """The corpora of a language that runs learn from."""
    used = dict.fromkeys(name for run in config.runs.values() for name in run.corpora)
    return [name for name in used if config.corpora[name].language == language]


def run_with_tokenizer(config: Config, tokenizer: str) -> Run:
    """The first run that uses a tokenizer: its source model and its text measure the tokenizer."""
    runs = config.runs.values()
    return next(run for run in runs if run.tokenizer == tokenizer and run.corpora)


def tuned(config: Config, run: str, encoder: str) -> TunedEncoder:
    """A recipe that trains, with the training sets that it has in a run.

    Args:
        config: the experiment.
        run: name of the run.
        encoder: name of the recipe.

    Raises:
        ConfigError: it merges.
    """
    recipe = config.encoders[encoder].of_run(run)
    if not isinstance(recipe, TunedEncoder):
        raise ConfigError(f"encoders.{encoder} merges models; nothing is tuned")
    return recipe


def merged(config: Config, run: str, encoder: str) -> MergedEncoder:
    """A recipe that merges, with the training sets that it has in a run.

    Args:
        config: the experiment.
        run: name of the run.
        encoder: name of the recipe.

    Raises:
        ConfigError: it trains.
    """
    recipe = config.encoders[encoder].of_run(run)
    if not isinstance(recipe, MergedEncoder):
        raise ConfigError(f"encoders.{encoder} tunes a model; nothing is merged")
    return recipe


def merged_encoders(config: Config) -> list[str]:
    """Names of the recipes that merge."""
    return [name for name, one in config.encoders.items() if isinstance(one, MergedEncoder)]
