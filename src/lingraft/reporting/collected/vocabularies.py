"""Reads what the costs of vocabularies follow from, where one model learns with several of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lingraft.errors import InputError
from lingraft.estimate.vocabularies import ModelSizes, sizes_of
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Encoded, Gap
from lingraft.reporting.collected.files import is_finished, read_json
from lingraft.stages.references import converted_model


def runs_by_text(
    config: Config, trained: bool = True
) -> Mapping[tuple[str, tuple[str, ...]], Sequence[str]]:
    """The runs of one model and one text with several tokenizers, by model and corpora.

    Args:
        config: the experiment.
        trained: only those that train.
    """
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, run in config.runs.items():
        if run.corpora and (run.named_recipes or not trained):
            found.setdefault((run.model, tuple(run.corpora)), []).append(name)
    return {
        key: runs
        for key, runs in found.items()
        if len({config.runs[run].tokenizer for run in runs}) > 1
    }


def read_encoded(config: Config, results: Path, gaps: list[Gap]) -> dict[tuple[str, str], Encoded]:
    """The sizes of the text of such runs in the tokens of each vocabulary.

    Args:
        config: the experiment.
        results: the folder of its results.
        gaps: gets one more entry for each damaged file.
    """
    found = {}
    for (_, corpora), runs in runs_by_text(config).items():
        for tokenizer in dict.fromkeys(config.runs[run].tokenizer for run in runs):
            for corpus in corpora:
                folder = results / "tokens" / tokenizer / corpus
                # Text that is not encoded yet is no gap of its own: the trainings are.
                content = read_json(folder, "meta.json", gaps) if is_finished(folder) else None
                if content is not None:
                    train = content["counts"]["train"]
                    rows = int(content["specials"]["vocabulary_size"])
                    sizes = Encoded(int(train["bytes"]), int(train["tokens"]), rows)
                    found[tokenizer, corpus] = sizes
    return found


def read_models(config: Config, results: Path, gaps: list[Gap]) -> dict[str, ModelSizes]:
    """The sizes of the models of such runs.

    Args:
        config: the experiment.
        results: the folder of its results.
        gaps: gets one more entry for each model whose sizes cannot be read.
    """
    found = {}
    for model in dict.fromkeys(model for model, _ in runs_by_text(config)):
        folder = results / converted_model(model)
        if not is_finished(folder):
            continue
        try:
            found[model] = sizes_of(folder)
        except InputError as error:
            gaps.append(Gap(f"source models / {model}: sizes", str(error)))
    return found
