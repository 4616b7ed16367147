"""The settings of a stage as the text that Snakemake compares.

It has only what the user set for this stage, so that neither an unrelated run nor a new option with
a default reruns anything.
"""

import json
from collections.abc import Collection
from typing import Any, Final

from pydantic import BaseModel

from lingraft.arguments import VERSION_KEY, pack
from lingraft.corpus.settings import Corpus
from lingraft.evaluation.subject import ModelSubject
from lingraft.experiment.configuration import Config
from lingraft.initialization.generator import Generator
from lingraft.initialization.method import Method
from lingraft.models.scoring.settings import HeldOutMeasure

# Raised by hand when the results of a stage change for the same settings: scripts and modules are
# no inputs of the rules, because an edited comment must not retrain a week of work.
STAGE_VERSION: Final[dict[str, int]] = {
    "download": 1,
    "corpus": 1,
    "tokenizer": 2,
    "tokens": 1,
    "vectors": 2,
    "alignment": 2,
    "source_model": 2,
    "generator": 1,
    "initialization": 2,
    "pretraining": 1,
    "training_set": 1,
    "encoder": 1,
    "merging": 1,
    "dataset": 1,
    "evaluation": 1,
}


def what_was_set(block: BaseModel) -> dict[str, Any]:
    """The values of a block that its configuration gives, without the defaults."""
    return block.model_dump(mode="json", exclude_unset=True)


def settings_text(block: BaseModel, version: str) -> str:
    """The settings of one stage as canonical JSON, for a rule's `params`.

    Args:
        block: the block of the configuration that describes it.
        version: its key in `STAGE_VERSION`.
    """
    content = what_was_set(block)
    number = STAGE_VERSION[version]
    if isinstance(block, (Corpus, Generator, Method)):
        number += block.revision
    if number > 1:  # version 1 leaves no trace, so that files by hand need none
        content[VERSION_KEY] = number
    return json.dumps(content, sort_keys=True, ensure_ascii=False)


def cleaning_block(config: Config, corpus: str) -> Corpus:
    """The settings of a corpus that its shards depend on: no other choice cleans them again."""
    chosen = what_was_set(config.corpora[corpus])
    for later in ("pivot", "held_out", "near_duplicates", "select", "normalizer"):
        chosen.pop(later, None)
    return Corpus.model_validate(chosen)


def evaluation_block(config: Config, tasks: Collection[str]) -> BaseModel:
    """The settings of some tasks alone, so that a change of one task repeats no other."""
    evaluation = config.evaluation
    chosen = {
        name: getattr(evaluation, name) for name in tasks if name in evaluation.model_fields_set
    }
    if evaluation.precision != "fp32" and any(
        task.measures is ModelSubject and not task.has_own_precision
        for task in chosen.values()
        if task is not None
    ):
        chosen["precision"] = evaluation.precision
    # Its tasks are checked already, and this is asked for each model that is measured.
    return type(evaluation).model_construct(set(chosen), **chosen)


def measure_of(config: Config) -> HeldOutMeasure:
    """How models are scored on held-out documents: as the evaluation does it, or by default."""
    task = config.evaluation.task("language_model")
    return task if isinstance(task, HeldOutMeasure) else HeldOutMeasure()


def measure_text(config: Config) -> str:
    """What was set of the measure, as the canonical JSON that a training gets."""
    chosen = what_was_set(measure_of(config))
    own = {name: chosen[name] for name in HeldOutMeasure.model_fields if name in chosen}
    return json.dumps(own, sort_keys=True)


def recipes_text(config: Config, model: str) -> str:
    """What was set of the recipes that train a model or its head, by key, as canonical JSON."""
    runs = [run for run in config.runs.values() if run.model == model]
    names = [name for run in runs for name in run.named_recipes.values()]
    if (head := config.models[model].head) is not None:
        names.append(head.pretraining)
    found = {
        f"pretraining.{name}": what_was_set(config.pretraining[name])
        for name in dict.fromkeys(names)
    }
    return pack(json.dumps(found, sort_keys=True, ensure_ascii=False))


def config_text(config: Config) -> str:
    """The whole configuration as canonical JSON: only what the user set."""
    return json.dumps(what_was_set(config), sort_keys=True, ensure_ascii=False)
