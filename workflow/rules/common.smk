"""The Python of the workflow: the configuration, and the functions that rules ask.

Parsed again in every submitted job: nothing heavy is imported, nothing asks the network.
"""

import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lingraft.arguments import pack
from lingraft.experiment.loading import check
from lingraft.config.yaml_files import read_yaml
from lingraft.errors import LingraftError
from lingraft.launch.command_lines import (
    device_launcher,
    time_budget,
    training_launcher,
    training_options,
)
from lingraft.launch.interpreter import put_interpreter_first
from lingraft.stages import references, settings, trainings
from lingraft.stages.trainings import TrainingId
from lingraft.reporting.published.numbers import check_published, table_digest
from lingraft.supervision import local_files as watched
from lingraft.supervision import snapshot
from lingraft.supervision.cleaning import bring_back, clean_up, require_past
from lingraft.supervision.notification import notify

# Of this file, not of the workflow: another workflow may import this one as a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
DEFAULT_CONFIG = ROOT / "config" / "config.yaml"

put_interpreter_first()


def read_config():
    """The checked configuration: what was given, or else the default; never both."""
    given = [Path(path) for path in workflow.overwrite_configfiles]
    config.pop(snapshot.KEY, None)
    try:
        for path in given or ([] if config else [DEFAULT_CONFIG]):
            content = read_yaml(path)  # stricter than Snakemake's own reading
            if not given:
                config.update(content)
        science = {key: value for key, value in config.items() if key != "pathvars"}
        checked = check(science, ", ".join(map(str, given)) or "config/config.yaml")
        check_published(checked)
        snapshot.bind(
            checked, workflow.config_settings, is_main=workflow.is_main_process
        )
        if workflow.is_main_process:
            bring_back((ROOT / "scripts").glob("*.py"))
        return checked
    except LingraftError as error:
        raise WorkflowError(str(error)) from None


CONFIG = read_config()


pathvars:
    results=f"results/{CONFIG.experiment}",
    logs=f"logs/{CONFIG.experiment}",
    benchmarks=f"results/{CONFIG.experiment}/benchmarks",


wildcard_constraints:
    name=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    source=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    model=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    tokenizer=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    corpus=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    run=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    initialization=r"[A-Za-z0-9][A-Za-z0-9_.-]*",
    seed=r"\d+",
    shard=r"\d+",
    step="initialized|pretrained",


def here(path):
    """A file as it is named, also where this workflow is a module with a prefix for its results."""
    return local(str(path))


def scripts(name):
    """A program as an input that never triggers a rerun: results change when STAGE_VERSION does.

    The path is relative to the working directory, so that moving the checkout changes nothing.
    """
    return ancient(here(os.path.relpath(ROOT / "scripts" / name)))


def artifact(kind, *names):
    """The manifest of an artifact: the only edge between rules, small enough to be compared by content."""
    return f"<results>/{Path(kind, *names)}/manifest.json"


def folder(wildcards, output):
    """The folder of the artifact that a rule makes."""
    return Path(output.manifest).parent


def folders(manifests):
    """`name=folder,...` for manifests whose folders carry the names."""
    return ",".join(
        f"{Path(path).parent.name}={Path(path).parent}" for path in manifests
    )


def paths(manifests):
    """`folder,...` for manifests."""
    return ",".join(str(Path(path).parent) for path in manifests)


def source_model(name):
    """The manifest of a source model in the state from which runs start."""
    return artifact("source_models", name, references.source_model_state(CONFIG, name))


def state_folder(wildcards, output):
    return trainings.state_folder(folder(wildcards, output))


def training_of(wildcards):
    return TrainingId(wildcards.run, wildcards.initialization, int(wildcards.seed))


def model_manifest(training):
    """The manifest of a training's final model."""
    return artifact("models", training.folder, trainings.steps(CONFIG, training.run)[-1])


def evaluation_files():
    """Every evaluation result of the configuration."""
    of_models = [
        f"<results>/evaluation/{training.folder}/{step}/{task}.json"
        for training in trainings.trainings(CONFIG)
        for step in trainings.steps(CONFIG, training.run)
        for task in references.model_tasks(CONFIG)
    ]
    of_tokenizers = [
        f"<results>/evaluation/tokenizers/{name}.json"
        for name in references.evaluated_tokenizers(CONFIG)
    ]
    of_alignments = [
        f"<results>/evaluation/lexicon/{name}.json"
        for name in references.evaluated_alignments(CONFIG)
    ]
    return of_models + of_tokenizers + of_alignments


def report_files():
    return ["<results>/report/index.html"]


def products(wildcards):
    """All that a person wants of a run: the models and their evaluations as much as the report."""
    try:
        trainings.require_runs(CONFIG, "the configuration")
    except LingraftError as error:
        raise WorkflowError(str(error)) from None
    models = [
        artifact("models", training.folder, step)
        for training in trainings.trainings(CONFIG)
        for step in trainings.steps(CONFIG, training.run)
    ]
    return models + evaluation_files() + report_files()
