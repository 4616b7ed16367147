"""The stages that make artifacts: from a download to a trained model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lingraft.config.tokenizers import DerivedTokenizer, PretrainedTokenizer
from lingraft.encoders.merging.settings import Origin
from lingraft.errors import ConfigError
from lingraft.experiment.configuration import Config
from lingraft.launch.command_lines import time_budget, training_launcher, training_options
from lingraft.models.settings import Head
from lingraft.stages.declaration import (
    Arguments,
    Names,
    Reads,
    WorkflowStage,
    besides,
    folder,
    folders,
    named,
)
from lingraft.stages.initializing import read_by_generator, read_by_initialization
from lingraft.stages.made_from import read_made_from
from lingraft.stages.references import (
    converted_model,
    corpora_of_alignment,
    evaluation_corpora,
    held_out_of,
    merged,
    recipe,
    source_model,
    sources_of_alignment,
    sources_of_model,
    tuned,
)
from lingraft.stages.settings import cleaning_block, measure_text, recipes_text
from lingraft.stages.trainings import model_folder, state_folder


def _nothing(config: Config, names: Names) -> Mapping[str, Reads]:
    return {}


def _shard(config: Config, names: Names) -> Mapping[str, Reads]:
    return {"downloads": named("downloads", cleaning_block(config, names["name"]).sources)}


def _corpus(config: Config, names: Names) -> Mapping[str, Reads]:
    """Downloads, the shards, the pivot, whose held-out part the corpus follows, and the corpora
    that decide what is left out of it.
    """
    corpus = config.corpora[names["name"]]
    found = {"downloads": named("downloads", corpus.sources)}
    if corpus.shards > 1:
        numbers = [str(number) for number in range(corpus.shards)]
        found["shards"] = folders(f"shards/{names['name']}", numbers)
    if corpus.pivot is not None:
        found["pivot"] = folder(f"corpora/{corpus.pivot}")
    if corpus.compared:
        found["compared"] = named("corpora", corpus.compared)
    return found


def _tokenizer(config: Config, names: Names) -> Mapping[str, Reads]:
    block = config.tokenizers[names["name"]]
    if isinstance(block, PretrainedTokenizer):
        return {"download": folder(f"downloads/{block.source}")}
    found = {"corpora": folders("corpora", block.corpora)}
    if isinstance(block, DerivedTokenizer):
        section, base = block.base
        place = f"tokenizers/{base}" if section == "tokenizers" else converted_model(base)
        found["base"] = folder(place)
    return found


def _tokens(config: Config, names: Names) -> Mapping[str, Reads]:
    tokenizer, corpus = f"tokenizers/{names['tokenizer']}", f"corpora/{names['corpus']}"
    return {"tokenizer": folder(tokenizer), "corpus": folder(corpus)}


def _tokens_for_head(config: Config, names: Names) -> Mapping[str, Reads]:
    """The vocabulary is the source model's own."""
    tokenizer, corpus = converted_model(names["model"]), f"corpora/{names['corpus']}"
    return {"tokenizer": folder(tokenizer), "corpus": folder(corpus)}


def _vectors(config: Config, names: Names) -> Mapping[str, Reads]:
    return read_made_from(config, config.vectors[names["name"]].made_from)


def _alignment(config: Config, names: Names) -> Mapping[str, Reads]:
    """Both vector spaces, what dictionaries are read from, and what is fitted jointly."""
    block = config.alignments[names["name"]]
    found = {
        "source_vectors": folder(f"vectors/{block.source}"),
        "target_vectors": folder(f"vectors/{block.target}"),
        "downloads": named("downloads", sources_of_alignment(config, names["name"])),
        "corpora": named("corpora", corpora_of_alignment(config, names["name"])),
    }
    if block.partners:
        targets = [config.alignments[name].target for name in block.partners]
        found["alignments"] = named("alignments", block.partners)
        found["vectors"] = replace(named("vectors", targets), names=block.partners)
    return found


def _source_model(config: Config, names: Names) -> Mapping[str, Reads]:
    return {"downloads": named("downloads", sources_of_model(config, names["model"]))}


def _pretraining(config: Config, names: Names) -> Mapping[str, Reads]:
    run = config.runs[names["run"]]
    found = {
        "model": folder(model_folder(names, "initialized")),
        "tokens": folders(f"tokens/{run.tokenizer}", run.corpora),
        "corpora": besides(named("corpora", run.corpora)),
        # They change nothing, so a training neither waits for them nor is made again for them.
        "evaluation_corpora": besides(named("corpora", evaluation_corpora(config, names["run"]))),
    }
    own = recipe(config, names["run"], names["initialization"])
    if own.distills:
        found["teacher"] = folder(source_model(config, run.model))
    if own.shields:
        found["calibration"] = named("corpora", own.shields)
    if own.merge is not None:
        found["source"] = folder(source_model(config, run.model))
    return found


def _tuning(config: Config, names: Names) -> Mapping[str, Reads]:
    recipe = tuned(config, names["run"], names["encoder"])
    teacher = recipe.teacher or config.runs[names["run"]].model
    return {
        "model": folder(model_folder(names, recipe.start)),
        "teacher": folder(source_model(config, teacher)),
        "sets": named("training_sets", recipe.sets),
    }


def _merging(config: Config, names: Names) -> Mapping[str, Reads]:
    """The models under the names of the recipe, the base, and what a probe is made from."""
    recipe = merged(config, names["run"], names["merged"])

    def place(origin: Origin) -> str:
        seed = names["seed"] if origin.seed is None else str(origin.seed)
        initialization = origin.initialization or names["initialization"]
        return model_folder(
            {"run": names["run"], "initialization": initialization, "seed": seed}, origin.step
        )

    found = {
        "members": Reads(
            [place(one) for one in recipe.members], [one.name for one in recipe.members]
        )
    }
    if recipe.common_origin is not None:
        found["base"] = folder(place(recipe.common_origin))
    if recipe.probe is not None:
        teacher = recipe.teacher or config.runs[names["run"]].model
        found["teacher"] = folder(source_model(config, teacher))
        found["sets"] = named("training_sets", recipe.sets)
    return found


def _head(config: Config, names: Names) -> Mapping[str, Reads]:
    place = f"source_models/{names['model']}"
    corpus = _head_of(config, names).corpus
    return {
        "model": folder(f"{place}/converted"),
        "tokens": folders(f"{place}/tokens", [corpus]),
        "corpora": besides(named("corpora", [corpus])),
    }


def _head_of(config: Config, names: Names) -> Head:
    head = config.models[names["model"]].head
    if head is None:
        raise ConfigError(f"models.{names['model']} has no `head`, so nothing warms it up")
    return head


def _training_set(config: Config, names: Names) -> Mapping[str, Reads]:
    """What the set is read from, and the corpora and datasets whose held-out texts it has not."""
    found = read_made_from(config, config.training_sets[names["name"]].made_from)
    return {**found, "held_out": Reads(held_out_of(config, names["name"]))}


def _name(config: Config, names: Names, output: Path) -> Arguments:
    return {"name": names["name"]}


def _of_shard(config: Config, names: Names, output: Path) -> Arguments:
    """The program gets the folder of all shards."""
    return {"name": names["name"], "shard": names["shard"], "output": output.parent}


def _seed(config: Config, names: Names, output: Path) -> Arguments:
    return {"seed": names["seed"]}


def _initialized(config: Config, names: Names, output: Path) -> Arguments:
    """The seed, and the folder in which all initializations of the experiment keep counts."""
    return {"seed": names["seed"], "kept": state_folder(output).parents[4] / "counts_of_text"}


def _tuned(config: Config, names: Names, output: Path) -> Arguments:
    """The state, and the folder in which all tunings of the experiment keep a teacher's vectors."""
    state = state_folder(output)
    return {"state": state, "vectors": state.parents[4] / "teachers"}


def _state(config: Config, names: Names, output: Path) -> Arguments:
    """Where a fit that was killed goes on."""
    return {"state": state_folder(output)}


def _recipes(config: Config, names: Names, output: Path) -> Arguments:
    """The recipes that train the model, which is refused at once if one does not fit.

    They change nothing in it: Snakemake does not compare them.
    """
    return {"recipes": recipes_text(config, names["model"])}


def _training(config: Config, names: Names, output: Path) -> Arguments:
    """Where the state is, and the measure, which changes no weights: Snakemake compares neither."""
    return {"state": state_folder(output), "measure": measure_text(config)}


def _machine_of_tuning(resources: Mapping[str, Any]) -> Arguments:
    return {"time_budget": time_budget(resources)}


def _machine(resources: Mapping[str, Any]) -> Arguments:
    return {"time_budget": time_budget(resources)} | training_options(resources)


MAKING = (
    WorkflowStage(
        name="fetch",
        version="download",
        program="download",
        reads=_nothing,
        settings=lambda config, names: config.sources[names["source"]],
    ),
    WorkflowStage(
        name="clean_shard",
        version="corpus",
        reads=_shard,
        settings=lambda config, names: cleaning_block(config, names["name"]),
        arguments=_of_shard,
    ),
    WorkflowStage(
        name="prepare_corpus",
        version="corpus",
        reads=_corpus,
        settings=lambda config, names: config.corpora[names["name"]],
        arguments=_name,
    ),
    WorkflowStage(
        name="train_tokenizer",
        version="tokenizer",
        reads=_tokenizer,
        settings=lambda config, names: config.tokenizers[names["name"]],
    ),
    WorkflowStage(
        name="prepare_training_set",
        version="training_set",
        reads=_training_set,
        settings=lambda config, names: config.training_sets[names["name"]],
    ),
    WorkflowStage(
        name="mine_negatives",
        version="training_set",
        program="prepare_training_set",
        reads=_training_set,
        settings=lambda config, names: config.training_sets[names["name"]],
    ),
    WorkflowStage(name="encode_corpus", version="tokens", reads=_tokens),
    WorkflowStage(
        name="encode_corpus_for_head",
        version="tokens",
        program="encode_corpus",
        reads=_tokens_for_head,
    ),
    WorkflowStage(
        name="train_vectors",
        version="vectors",
        reads=_vectors,
        settings=lambda config, names: config.vectors[names["name"]],
    ),
    WorkflowStage(
        name="align_vectors",
        version="alignment",
        reads=_alignment,
        settings=lambda config, names: config.alignments[names["name"]],
        arguments=_state,
    ),
    WorkflowStage(
        name="convert_model",
        version="source_model",
        reads=_source_model,
        settings=lambda config, names: config.models[names["model"]],
        arguments=_recipes,
    ),
    WorkflowStage(
        name="train_generator",
        version="generator",
        reads=read_by_generator,
        settings=lambda config, names: config.generators[names["name"]],
        arguments=_state,
    ),
    WorkflowStage(
        name="initialize_embeddings",
        version="initialization",
        reads=read_by_initialization,
        settings=lambda config, names: config.initializations[names["initialization"]],
        arguments=_initialized,
    ),
    WorkflowStage(
        name="pretrain",
        version="pretraining",
        reads=_pretraining,
        settings=lambda config, names: recipe(config, names["run"], names["initialization"]),
        arguments=_training,
        machine=_machine,
        launcher=training_launcher,
    ),
    WorkflowStage(
        name="tune_encoder",
        version="encoder",
        reads=_tuning,
        settings=lambda config, names: tuned(config, names["run"], names["encoder"]),
        arguments=_tuned,
        machine=_machine_of_tuning,
        launcher=training_launcher,
    ),
    WorkflowStage(
        name="merge_encoders",
        version="merging",
        reads=_merging,
        settings=lambda config, names: merged(config, names["run"], names["merged"]),
        arguments=_seed,
    ),
    WorkflowStage(
        name="warm_up_head",
        version="pretraining",
        program="pretrain",
        reads=_head,
        settings=lambda config, names: config.pretraining[_head_of(config, names).pretraining],
        arguments=_training,
        machine=_machine,
        launcher=training_launcher,
    ),
)
