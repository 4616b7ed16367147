"""What ties Snakemake to lingraft: the configuration, the paths, and the names that rules ask.

Parsed again in every submitted job: nothing heavy is imported, nothing asks the network.
"""

import gc
import os
import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from lingraft.config.base import NAME_PATTERN
from lingraft.config.yaml_files import read_yaml
from lingraft.encoders.settings import STATES
from lingraft.errors import LingraftError
from lingraft.experiment.folders import results_folder
from lingraft.experiment.loading import check
from lingraft.launch.interpreter import put_interpreter_first
from lingraft.reporting.published.numbers import check_published, table_digest
from lingraft.stages import precedence
from lingraft.stages.references import (
    alignment_tasks,
    merged_encoders,
    mined_names,
    model_tasks,
)
from lingraft.stages.resources import cores, memory, minutes
from lingraft.stages.rules import Rules
from lingraft.stages.targets import (
    download_files,
    evaluation_files,
    exhibits,
    final_model_files,
    products,
)
from lingraft.supervision import local_files as watched
from lingraft.supervision import snapshot
from lingraft.supervision.cleaning import bring_back, clean_up
from lingraft.supervision.environments import look_up_on_demand
from lingraft.supervision.forked_costs import start_forking
from lingraft.supervision.notification import notify

# Of this file, not of the workflow: another workflow may import this one as a module.
HERE = workflow.current_basedir
ROOT = Path(HERE.get_path_or_uri(secret_free=True)).parents[1]
DEFAULT_CONFIG = ROOT / "config" / "config.yaml"
IMAGE = os.environ.get("LINGRAFT_CONTAINER", str(ROOT / "lingraft.sif"))
NAME = NAME_PATTERN.strip("^$")

put_interpreter_first()

# Planning makes millions of objects that stay, which Python would look at again and again: a fifth
# of its time with a thousand languages. A run that starts jobs looks at new ones alone (onstart).
gc.set_threshold(2_000_000, 20, 100)
look_up_on_demand(workflow)


def plainly(function, *arguments, **named):
    """Call a function of lingraft; its errors are one line, without a traceback."""
    try:
        return function(*arguments, **named)
    except LingraftError as error:
        raise WorkflowError(str(error)) from None


def read_config():
    """The checked configuration: what was given, or else the default; never both."""
    given = [Path(path) for path in workflow.overwrite_configfiles]
    # The entry by which the planning process sends its digest to each job (snapshot.bind). It is no
    # key of the configuration.
    config.pop(snapshot.KEY, None)
    for path in given or ([] if config else [DEFAULT_CONFIG]):
        content = read_yaml(path)  # stricter than Snakemake's own reading
        if not given:
            config.update(content)
    science = {key: value for key, value in config.items() if key != "pathvars"}
    checked = check(science, ", ".join(map(str, given)) or "config/config.yaml")
    check_published(checked)
    snapshot.bind(checked, workflow.config_settings, is_main=workflow.is_main_process)
    if workflow.is_main_process:
        bring_back((ROOT / "scripts").glob("*.py"))
    return checked


CONFIG = plainly(read_config)
STAGES = Rules(CONFIG)
inputs_of = STAGES.inputs_of
settings_of = STAGES.settings_of
stopping_of = STAGES.stopping_of
arguments_of = STAGES.arguments_of
launcher_of = STAGES.launcher_of
launcher_by_gpus = STAGES.launcher_by_gpus
version_of = STAGES.version_of
precedence_of_training = precedence.of_training(CONFIG)
precedence_of_evaluation = precedence.of_evaluation(CONFIG)


# Snakemake puts these values in place of <results>, <logs> and <benchmarks> in every rule.
pathvars:
    results=str(results_folder(CONFIG.experiment)),
    logs=f"logs/{CONFIG.experiment}",
    benchmarks=str(results_folder(CONFIG.experiment) / "benchmarks"),


def any_of(names):
    """A regular expression that matches these names alone; without any, nothing."""
    return "|".join(map(re.escape, names)) or "(?!)"


# Without a constraint a wildcard also matches slashes, so that {run} could be several folders.
wildcard_constraints:
    name=NAME,
    source=NAME,
    model=NAME,
    tokenizer=NAME,
    corpus=NAME,
    run=NAME,
    initialization=NAME,
    seed=r"\d+",
    shard=r"\d+",
    task=r"\w+",
    # The names of encoders are no states of language models, so no other rule makes their folders.
    encoder=any_of(
        name for name in CONFIG.encoders if name not in merged_encoders(CONFIG)
    ),
    merged=any_of(merged_encoders(CONFIG)),
    step=any_of([*STATES, *CONFIG.encoders]),


def here(path):
    """A file as it is named, also where this workflow is a module with a prefix for its results."""
    return local(str(path))


def program_of(stage):
    """A program as an input that never triggers a rerun: results change when STAGE_VERSION does.

    The path is relative to the working directory, so that moving the checkout changes nothing.
    """
    return ancient(here(os.path.relpath(ROOT / "scripts" / STAGES.program_of(stage))))


def local_files(wildcards):
    """The files of a source of this machine: when one changes, it is fetched again."""
    source = CONFIG.sources[wildcards.source]
    files = plainly(watched.files_of, source, is_main=workflow.is_main_process)
    return [here(path) for path in files]


def odd_files(wildcards):
    """The state of local files whose names Snakemake would misread.

    Where there are none it repeats the settings, since another value would be a change of
    parameters: Snakemake compares them as a set.
    """
    state = watched.state_of_odd(CONFIG.sources[wildcards.source])
    return state or settings_of("fetch")(wildcards)


def everything(wildcards):
    """All that a person wants of a run."""
    return plainly(products, CONFIG)


def shown(wildcards):
    """What Snakemake's own report shows of ours, once it is there.

    These files and folders are inputs here and not outputs of the report: an output that an earlier
    version did not declare has no record, and then Snakemake compares no parameters of the job.
    """
    return list(map(marked, exhibits(CONFIG)))


def marked(exhibit):
    """A part of the report with its category and labels."""
    text = exhibit.category.lower().replace(" ", "_")
    return report(
        f"<results>/{exhibit.place}",
        patterns=list(exhibit.patterns),
        category=exhibit.category,
        labels=dict(exhibit.labels),
        caption=HERE.join(f"../report/{text}.rst"),
    )
