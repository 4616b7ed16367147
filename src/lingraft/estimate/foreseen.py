"""Mistakes that would stop a run hours later, found before anything starts.

Only certain mistakes are refused. The kind of a model is known from the catalogue, or from
config.json if the model is on this machine; other models are not checked.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lingraft.config.pretraining import REBUILDERS, Objective, Pretraining
from lingraft.corpus.sources.local import LocalSource
from lingraft.errors import ConfigError
from lingraft.estimate.catalogue import known_model
from lingraft.evaluation.tasks.lexicon import Lexicon
from lingraft.evaluation.tasks.retrieval import Retrieval
from lingraft.experiment.configuration import Config
from lingraft.experiment.folders import results_folder
from lingraft.experiment.runs import Run
from lingraft.models.formats import FORMATS
from lingraft.models.settings import Model
from lingraft.stages.references import language_of_vectors

# Architectures with one kind of head alone, by the `model_type` of config.json.
_MASKED = frozenset((
    "albert", "convbert", "deberta", "deberta-v2", "distilbert", "esm", "mobilebert", "modernbert",
    "mpnet",
))  # fmt: skip
_CAUSAL = frozenset((
    "bloom", "codegen", "falcon", "gemma", "gemma2", "gpt2", "gpt_neo", "gpt_neox", "gptj", "llama",
    "mistral", "opt", "phi", "qwen2", "qwen3", "xglm",
))  # fmt: skip
# With both heads: masked, unless config.json says `is_decoder`.
_EITHER = frozenset((
    "bert", "camembert", "data2vec-text", "electra", "rembert", "roberta", "xlm-roberta",
))  # fmt: skip
_AT = re.compile(r"(accuracy|precision)@([0-9]+)")


@dataclass(frozen=True)
class Known:
    """What is certain about a source model; None: unknown."""

    objective: Objective | None = None
    has_head: bool | None = None
    kind: str | None = None


def refuse_foreseen(config: Config) -> None:
    """Refuse a configuration whose run would fail.

    Raises:
        ConfigError: names the key, and how to repair it.
    """
    for problem in foreseen(config):
        raise ConfigError(problem)


def foreseen(config: Config) -> Iterator[str]:
    """Yield each mistake as one sentence that begins with the key."""
    models = {name: _known(config, name) for name in config.models}
    yield from _heads(config, models)
    yield from _heads_of_the_other_kind(config)
    yield from _objectives(config, models)
    yield from _two_objectives(config)
    yield from _decoders_alone(config, models)
    yield from _alignments(config)
    yield from _headline(config)


def _heads(config: Config, models: dict[str, Known]) -> Iterator[str]:
    """Runs need a head; a model that only teaches, vectors or encoders, needs none."""
    for name in dict.fromkeys(run.model for run in config.runs.values()):
        if models[name].has_head is False and config.models[name].head is None:
            yield (
                f"models.{name}: the model has no language modeling head; set "
                "head: {corpus: ..., pretraining: ...} to train a new one"
            )


def _heads_of_the_other_kind(config: Config) -> Iterator[str]:
    """A head for another objective than the model's own: conversion would refuse it."""
    for name, model in config.models.items():
        own = None if FORMATS[model.format].is_random else _found(config, name).objective
        if model.objective is not None and own not in (None, model.objective):
            yield (
                f"models.{name}.objective: {model.objective}, but the model is a {own} language "
                "model; unset objective, or take another model"
            )


def _two_objectives(config: Config) -> Iterator[str]:
    """Recipes that contradict each other on what one model predicts, whatever it is."""
    first: dict[str, tuple[str, Pretraining]] = {}
    for key, model, name in _trainings(config):
        recipe = config.pretraining[name]
        if recipe.objective is None:
            continue
        other_key, other = first.setdefault(model, (key, recipe))
        if recipe.predicts != other.predicts:
            yield (
                f"{key}: {name} has objective: {recipe.objective}, but {other_key} trains the "
                f"same model, {model}, with objective: {other.objective}; one model predicts "
                "either masked tokens or the next one"
            )


def _trainings(config: Config) -> Iterator[tuple[str, str, str]]:
    """Key, model and recipe of all that is trained."""
    for name, run in config.runs.items():
        for place, recipe in run.named_recipes.items():
            yield f"runs.{name}.{place}", run.model, recipe
    for name, model in config.models.items():
        if model.head is not None:
            yield f"models.{name}.head.pretraining", name, model.head.pretraining


def _objectives(config: Config, models: dict[str, Known]) -> Iterator[str]:
    for key, model_name, recipe in _trainings(config):
        pretraining = config.pretraining[recipe]
        given = models[model_name].objective
        if pretraining.objective is None:
            yield from _without_effect(pretraining, given, key)
        elif given is not None and pretraining.predicts != given:
            yield (
                f"{key}: {recipe} has objective: {pretraining.objective}, but {model_name} is a "
                f"{given} language model; write objective: {given} in pretraining.{recipe}"
            )
        elif pretraining.rebuilds and models[model_name].kind not in (None, *REBUILDERS):
            yield (
                f"{key}: {recipe} has objective: {pretraining.objective}, which works with "
                f"{', '.join(sorted(REBUILDERS))}, but {model_name} is of type "
                f"{models[model_name].kind}; write objective: masked in pretraining.{recipe}"
            )


def _decoders_alone(config: Config, models: dict[str, Known]) -> Iterator[str]:
    """A task that asks decoders only."""
    if config.evaluation.task("lm_harness") is None:
        return
    for name, run in config.runs.items():
        if models[run.model].objective == "masked":
            yield (
                f"evaluation.lm_harness is for decoders, but runs.{name} has {run.model}, a masked "
                "language model; delete it"
            )


def _without_effect(recipe: Pretraining, objective: Objective | None, key: str) -> Iterator[str]:
    """An option that has none with the objective that the model gives the recipe."""
    try:
        _ = recipe if objective is None else recipe.of_model(objective)
    except ConfigError as error:
        yield f"{key}: {error}"


def known_objective(config: Config, name: str) -> Objective | None:
    """What a source model predicts, masked tokens or the next one, as far as is known before it
    is there."""
    return _known(config, name).objective


def objective_of_run(config: Config, run: Run) -> Objective | None:
    """What the models of a run predict, as a recipe of it says, or as far as the source is known.

    All of them start from one model, so that one recipe says it for those that are not trained.
    """
    recipes = [config.pretraining[name] for name in run.named_recipes.values()]
    said = [recipe.predicts for recipe in recipes if recipe.objective]
    return said[0] if said else known_objective(config, run.model)


def _alignments(config: Config) -> Iterator[str]:
    """An alignment goes from the model's language to the one that it learns."""
    for name, run in config.runs.items():
        spoken = config.models[run.model].language
        learned = {config.corpora[corpus].language for corpus in run.corpora} - {spoken}
        for alignment in run.alignments:
            block = config.alignments[alignment]
            source, target = (
                language_of_vectors(config, side) for side in (block.source, block.target)
            )
            if spoken is not None and target == spoken and source in learned:
                yield (
                    f"runs.{name}.alignments: {alignment} goes from {source} to {target}, but the "
                    f"model is of {spoken} and learns {source}; exchange source and target in "
                    f"alignments.{alignment}"
                )


def _headline(config: Config) -> Iterator[str]:
    """A metric at a cutoff that no task measures would be missing from the first table."""
    if "headline" not in config.report.model_fields_set:
        return
    tasks = config.evaluation.chosen().values()
    measured = {
        "accuracy": {k for task in tasks if isinstance(task, Retrieval) for k in task.cutoffs},
        "precision": {k for task in tasks if isinstance(task, Lexicon) for k in task.cutoffs},
    }
    for metric in config.report.headline:
        found = _AT.fullmatch(metric)
        known = measured[found[1]] if found else set()
        if found and known and int(found[2]) not in known:
            names = ", ".join(f"{found[1]}@{k}" for k in sorted(known))
            yield (
                f"report.headline: nothing measures {metric}; add {found[2]} to the cutoffs of a "
                f"task, or take one of {names}"
            )


def _known(config: Config, name: str) -> Known:
    found, asked = _found(config, name), config.models[name].objective
    return found if asked is None else replace(found, objective=asked)


def _found(config: Config, name: str) -> Known:
    """What the files on this machine, the format or the catalogue say."""
    model = config.models[name]
    read = [_read(path, model) for path in _places(config, name)]
    found = next((known for known in read if known is not None), None)
    if found is not None:
        return found
    if model.format == "gguf":  # transformers reads decoders from it, and encoder-decoders
        return Known("causal", True)
    row = known_model(config.sources[model.source])
    if row is None:
        return Known()
    return Known("causal" if row["objective"] == "causal" else "masked", row["head"] == "yes")


def _places(config: Config, name: str) -> Iterator[Path]:
    """Where the model's configuration may be on this machine already."""
    model = config.models[name]
    source = config.sources[model.source]
    if isinstance(source, LocalSource):
        yield Path(source.path, model.path, "config.json")
    results = results_folder(config.experiment)
    yield results / "downloads" / model.source / "files" / model.path / "config.json"
    yield results / "source_models" / name / "converted" / "config.json"


def _read(path: Path, model: Model) -> Known | None:
    try:
        content: dict[str, Any] = json.loads(path.read_text("utf-8"))
        kind, names = str(content["model_type"]), content.get("architectures") or []
    except (OSError, ValueError, KeyError, TypeError):
        return None
    objective: Objective | None
    if kind in _EITHER:
        objective = "causal" if content.get("is_decoder") else "masked"
    else:
        objective = "masked" if kind in _MASKED else "causal" if kind in _CAUSAL else None
    # `architectures` names the class that saved the model: RobertaModel is a body alone,
    # RobertaForMaskedLM and GPT2LMHeadModel have a head.
    is_body = any(str(n).endswith("Model") and "LMHead" not in str(n) for n in names)
    return Known(objective, False if is_body and model.format == "huggingface" else None, kind)
