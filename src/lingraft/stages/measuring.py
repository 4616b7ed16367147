"""The stages that measure: labelled data, evaluations, and the report."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lingraft.experiment.configuration import Config
from lingraft.launch.command_lines import evaluation_launcher
from lingraft.stages.declaration import (
    Arguments,
    Names,
    Reads,
    WorkflowStage,
    besides,
    folder,
    named,
)
from lingraft.stages.references import (
    corpora_in,
    evaluation_corpora,
    language_of_vectors,
    model_tasks,
    reads_text,
    run_with_tokenizer,
    source_model,
    translated_corpora,
    used_datasets,
    used_generators,
)
from lingraft.stages.settings import evaluation_block
from lingraft.stages.trainings import model_folder


def _dataset(config: Config, names: Names) -> Mapping[str, Reads]:
    return {"download": folder(f"downloads/{config.datasets[names['name']].source}")}


def _held_out(config: Config, corpora: Sequence[str]) -> dict[str, Reads]:
    """Corpora with held-out text, and their pivots, known by the corpora that follow them."""
    pivots = {name: config.corpora[name].pivot for name in corpora}
    followed = {name: f"corpora/{pivot}" for name, pivot in pivots.items() if pivot is not None}
    return {
        "corpora": named("corpora", corpora),
        "pivots": Reads(list(followed.values()), list(followed)),
    }


def _model(config: Config, names: Names) -> Mapping[str, Reads]:
    run = config.runs[names["run"]]
    alone = named("corpora", evaluation_corpora(config, names["run"]))
    return {
        "model": folder(model_folder(names, names["step"])),
        "source_model": folder(source_model(config, run.model)),
        **_held_out(config, run.corpora),
        "evaluation_corpora": besides(alone) if run.evaluation_corpora is None else alone,
        "data": named("datasets", used_datasets(config)),
        "generators": named("generators", used_generators(config, run.model)),
    }


def _tokenizer(config: Config, names: Names) -> Mapping[str, Reads]:
    """The first run that uses the tokenizer says with which model and text it is measured."""
    run = run_with_tokenizer(config, names["tokenizer"])
    return {
        "model": folder(f"tokenizers/{names['tokenizer']}"),
        "source_model": folder(source_model(config, run.model)),
        **_held_out(config, run.corpora),
        "evaluation_corpora": named("corpora", run.evaluation_corpora or []),
    }


def _alignment(config: Config, names: Names) -> Mapping[str, Reads]:
    block = config.alignments[names["name"]]
    text = translated_corpora(config, names["name"]) if reads_text(config, names["task"]) else []
    data = getattr(config.evaluation.task(names["task"]), "data", None)
    places = {"source": f"vectors/{block.source}", "target": f"vectors/{block.target}"}
    places |= {data: f"datasets/{data}"} if data is not None else {}
    return {
        "model": folder(f"alignments/{names['name']}"),
        **_held_out(config, text),
        "data": Reads(list(places.values()), list(places)),
    }


def _vectors(config: Config, names: Names) -> Mapping[str, Reads]:
    language = language_of_vectors(config, names["name"])
    task = config.evaluation.task(names["task"])
    data = getattr(task, "data", None)
    return {
        "model": folder(f"vectors/{names['name']}"),
        "corpora": named("corpora", corpora_in(config, language) if data is None else []),
        "data": named("datasets", [data] if data is not None else []),
    }


def _nothing(config: Config, names: Names) -> Mapping[str, Reads]:
    return {}


def _results(config: Config, names: Names, output: Path) -> Arguments:
    return {"results": output.parent}


MEASURING = (
    WorkflowStage(
        name="prepare_dataset",
        version="dataset",
        reads=_dataset,
        settings=lambda config, names: config.datasets[names["name"]],
    ),
    WorkflowStage(
        name="evaluate",
        version="evaluation",
        reads=_model,
        settings=lambda config, names: evaluation_block(config, model_tasks(config)),
        launcher=evaluation_launcher,
    ),
    WorkflowStage(
        name="evaluate_tokenizer",
        version="evaluation",
        program="evaluate",
        reads=_tokenizer,
        settings=lambda config, names: evaluation_block(config, ["tokenizer"]),
        arguments=lambda config, names, output: {"task": "tokenizer"},
        is_one_file=True,
    ),
    WorkflowStage(
        name="evaluate_alignment",
        version="evaluation",
        program="evaluate",
        reads=_alignment,
        settings=lambda config, names: evaluation_block(config, [names["task"]]),
        arguments=lambda config, names, output: {"task": names["task"]},
        is_one_file=True,
    ),
    WorkflowStage(
        name="evaluate_vectors",
        version="evaluation",
        program="evaluate",
        reads=_vectors,
        settings=lambda config, names: evaluation_block(config, [names["task"]]),
        arguments=lambda config, names, output: {"task": names["task"]},
        is_one_file=True,
    ),
    WorkflowStage(
        name="report",
        version="",
        program="write_report",
        reads=_nothing,
        arguments=_results,
    ),
)
