"""Read everything that an experiment left behind; what is missing becomes a named gap.

Nothing here fails because a run failed: a report of nine runs out of ten is wanted most when the
tenth broke. A gap says what is absent and why, and no number stands in for it.
"""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lingraft import plan
from lingraft.artifacts import Manifest, read_manifest
from lingraft.config.experiment import Config
from lingraft.errors import InputError
from lingraft.evaluation.results import Result, read_result
from lingraft.plan import Step, Training
from lingraft.reporting.collection import Collection, Gap, Measured
from lingraft.reporting.costs import read_costs

_LARGEST_HEADER = 1 << 26  # bytes of a safetensors header that is believed


def collect(config: Config, results: Path) -> Collection:
    """Read what `config` promises from `results`.

    Raises:
        InputError: the folder does not exist.
    """
    if not results.is_dir():
        raise InputError(f"there are no results at {results}: run the workflow first")
    gaps: list[Gap] = []
    scores, predictions = _read_scores(config, results, gaps)
    curves = _read_curves(config, results, gaps)
    tokenizers, alignments = _names(config)
    evaluation = results / "evaluation"
    measured = plan.evaluated_tokenizers(config), plan.evaluated_alignments(config)
    return Collection(
        scores=scores,
        predictions=predictions,
        curves=curves,
        initializations=_per_training(config, results, "initialized/initialization.json", gaps),
        parameters=_read_parameters(config, results),
        tokenizers=_read_metrics(results / "tokenizers", tokenizers, gaps),
        alignments=_read_metrics(results / "alignments", alignments, gaps),
        tokenizer_results=_read_results(evaluation / "tokenizers", measured[0], gaps),
        lexicons=_read_results(evaluation / "lexicon", measured[1], gaps),
        costs=read_costs(config, results, curves),
        manifests=dict(_read_manifests(results)),
        gaps=tuple(gaps),
    )


def _read_scores(
    config: Config, results: Path, gaps: list[Gap]
) -> tuple[list[Measured], dict[tuple[Training, Step, str], Path]]:
    scores: list[Measured] = []
    predictions = {}
    for training in plan.trainings(config):
        for step in plan.steps(config, training.run):
            folder = results / "evaluation" / training.folder / step
            for task in plan.model_tasks(config):
                result = _read_task(folder / f"{task}.json", training, step, results, gaps)
                if result is None:
                    continue
                scores += [
                    Measured(training, step, task, result.protocol, s) for s in result.scores
                ]
                if result.predictions and (folder / result.predictions).is_file():
                    predictions[training, step, task] = folder / result.predictions
    gaps += [_unmeasured(measured) for measured in scores if measured.score.value is None]
    return scores, predictions


def _read_task(
    path: Path, training: Training, step: Step, results: Path, gaps: list[Gap]
) -> Result | None:
    what = f"{_place(training, step)}: {path.stem}"
    if not path.is_file():
        gaps.append(Gap(what, _why_absent(training, step, results)))
        return None
    try:
        return read_result(path)
    except InputError as error:
        gaps.append(Gap(what, str(error)))
        return None


def _why_absent(training: Training, step: Step, results: Path) -> str:
    models = results / "models" / training.folder
    if not (models / "initialized" / "manifest.json").is_file():
        return "the model was not initialized (the job failed or has not run)"
    if step == "pretrained" and not (models / "pretrained" / "manifest.json").is_file():
        return "pretraining has not finished (it failed, diverged or was stopped)"
    return "the model exists, but it was not evaluated"


def _unmeasured(measured: Measured) -> Gap:
    score = measured.score
    what = f"{_place(measured.training, measured.step)}: {measured.task}"
    return Gap(f"{what}, {score.language}, {score.metric}", score.note or "not measured")


def _place(training: Training, step: Step) -> str:
    return f"{training.run} / {training.initialization} / seed {training.seed}, {step}"


def _read_curves(
    config: Config, results: Path, gaps: list[Gap]
) -> dict[Training, list[dict[str, Any]]]:
    curves: dict[Training, list[dict[str, Any]]] = {}
    for training in plan.trainings(config):
        path = results / "models" / training.folder / "pretrained" / "metrics.jsonl"
        if not path.is_file():
            continue  # a run without pretraining has none; a failed one is a gap of its scores
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                curves.setdefault(training, []).append(dict(json.loads(line)))
            except (ValueError, TypeError):
                gaps.append(Gap(f"{path}, line {number}", "not a JSON object"))
    return curves


def _per_training(
    config: Config, results: Path, name: str, gaps: list[Gap]
) -> dict[Training, dict[str, Any]]:
    found = {}
    for training in plan.trainings(config):
        path = results / "models" / training.folder / name
        content = _read_json(path, gaps) if path.is_file() else None
        if content is not None:
            found[training] = content
    return found


def _read_parameters(config: Config, results: Path) -> dict[Training, int]:
    found = {}
    for training in plan.trainings(config):
        folder = results / "models" / training.folder / plan.steps(config, training.run)[-1]
        counts = [_weights(path) for path in sorted(folder.glob("*.safetensors"))]
        if counts and None not in counts:
            found[training] = sum(count or 0 for count in counts)
    return found


def _weights(path: Path) -> int | None:
    """Number of weights in a safetensors file, from its header alone; None if it is damaged."""
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(size, _LARGEST_HEADER)))
        header.pop("__metadata__", None)
        return sum(int(math.prod(entry["shape"])) for entry in header.values())
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _read_metrics(folder: Path, names: list[str], gaps: list[Gap]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in names:
        path = folder / name / "metrics.json"
        if not path.is_file():
            gaps.append(Gap(f"{folder.name} / {name}", f"it has no {path.name}"))
            continue
        content = _read_json(path, gaps)
        if content is not None:
            found[name] = content
    return found


def _read_results(folder: Path, names: list[str], gaps: list[Gap]) -> dict[str, Result]:
    found = {}
    for name in names:
        try:
            found[name] = read_result(folder / f"{name}.json")
        except InputError as error:
            gaps.append(Gap(f"{folder.name} / {name}: evaluation", str(error)))
    return found


def _read_manifests(results: Path) -> Iterator[tuple[str, Manifest]]:
    for path in sorted(results.glob("*/*/manifest.json")):
        try:
            yield path.parent.relative_to(results).as_posix(), read_manifest(path.parent)
        except InputError:
            continue  # whoever consumes the artifact has already refused it


def _read_json(path: Path, gaps: list[Gap]) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
        gaps.append(Gap(str(path), "not a JSON object"))
    except (OSError, ValueError) as error:
        gaps.append(Gap(str(path), f"cannot be read: {error}"))
    return None


def _names(config: Config) -> tuple[list[str], list[str]]:
    runs = config.runs.values()
    tokenizers = dict.fromkeys(run.tokenizer for run in runs)
    alignments = dict.fromkeys(name for run in runs for name in run.alignments)
    return list(tokenizers), list(alignments)
