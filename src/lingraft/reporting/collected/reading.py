"""Read everything that an experiment left behind; what is missing becomes a named gap.

A failed run does not fail the report: a report of nine runs out of ten is needed most when the
tenth has failed. Every file is checked against its digest first, and a damaged file is not read. A
gap says what is missing and why; no number replaces it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lingraft.errors import InputError
from lingraft.evaluation.results import TaskResult, checked_predictions, read_result
from lingraft.experiment.configuration import Config
from lingraft.reporting.collected.collection import Collected, Gap, Measured
from lingraft.reporting.collected.files import (
    is_finished,
    read_json,
    read_json_lines,
    read_manifests,
    read_parameters,
)
from lingraft.reporting.collected.job_costs import read_costs
from lingraft.reporting.collected.neighborhoods import read_neighborhoods
from lingraft.reporting.collected.vocabularies import read_encoded, read_models
from lingraft.stages.references import (
    alignments_in_use,
    evaluated_alignments,
    evaluated_tokenizers,
    evaluated_vectors,
    model_tasks,
    recipe,
)
from lingraft.stages.trainings import (
    Step,
    TrainingId,
    encoders,
    language_model_steps,
    steps,
    trainings,
)
from lingraft.vectors.trainers.refined import RefinedVectors

K = TypeVar("K")

_METRICS = "metrics.jsonl"
_ACCOUNT = "initialization.json"


def collect(config: Config, results: Path) -> Collected:
    """Read the results that `config` promises from the folder `results`.

    Raises:
        InputError: the folder does not exist.
    """
    if not results.is_dir():
        raise InputError(f"there are no results at {results}: run the workflow first")
    gaps: list[Gap] = []
    scores, predictions, arithmetics = _read_scores(config, results, gaps)
    curves = _read_curves(config, results, gaps)
    tunings = _read_tunings(config, results, gaps)
    tokenizers, alignments = _names(config)
    evaluation = results / "evaluation"
    measured = {name: f"tokenizers/{name}" for name in evaluated_tokenizers(config)}
    aligned = {(name, task): f"{task}/{name}" for name, task in evaluated_alignments(config)}
    vectors = {(name, task): f"vectors/{name}/{task}" for name, task in evaluated_vectors(config)}
    return Collected(
        scores=scores,
        predictions=predictions,
        arithmetics=arithmetics,
        curves=curves,
        tunings=tunings,
        initializations=_read_accounts(config, results, gaps),
        parameters=_read_parameters(config, results, gaps),
        corpora=_read_corpora(config, results, gaps),
        tokenizers=_read_metrics(results / "tokenizers", tokenizers, gaps),
        alignments=_read_metrics(results / "alignments", alignments, gaps),
        refiners=_read_refiners(config, results, gaps),
        tokenizer_results=_read_results(evaluation, measured, gaps),
        alignment_results=_read_results(evaluation, aligned, gaps),
        vector_results=_read_results(evaluation, vectors, gaps),
        neighborhoods=read_neighborhoods(config, results, gaps),
        encoded=read_encoded(config, results, gaps),
        models=read_models(config, results, gaps),
        costs=read_costs(config, results, curves, tunings, gaps),
        manifests=dict(read_manifests(results, gaps)),
        gaps=tuple(gaps),
    )


def _read_scores(
    config: Config, results: Path, gaps: list[Gap]
) -> tuple[
    list[Measured],
    dict[tuple[TrainingId, Step, str], Path],
    dict[tuple[TrainingId, Step, str], str],
]:
    scores: list[Measured] = []
    predictions, arithmetics = {}, {}
    for training in trainings(config):
        for step in steps(config, training):
            folder = results / "evaluation" / training.folder / step
            for task in model_tasks(config):
                result = _read_task(folder / f"{task}.json", training, step, results, gaps)
                if result is None:
                    continue
                scores += [
                    Measured(training, step, task, result.protocol, s) for s in result.scores
                ]
                path = _predictions(folder / f"{task}.json", result, training, step, gaps)
                if path is not None:
                    predictions[training, step, task] = path
                if result.arithmetic:
                    arithmetics[training, step, task] = result.arithmetic
    gaps += [_unmeasured(measured) for measured in scores if measured.score.value is None]
    return scores, predictions, arithmetics


def _read_task(
    path: Path, training: TrainingId, step: Step, results: Path, gaps: list[Gap]
) -> TaskResult | None:
    what = f"{_place(training, step)}: {path.stem}"
    if not path.is_file():
        gaps.append(Gap(what, _why_absent(training, step, results)))
        return None
    try:
        return read_result(path)
    except InputError as error:
        gaps.append(Gap(what, str(error)))
        return None


def _predictions(
    path: Path, result: TaskResult, training: TrainingId, step: Step, gaps: list[Gap]
) -> Path | None:
    """The file of the predictions of a result; without it the scores have no intervals."""
    try:
        return checked_predictions(path, result)
    except InputError as error:
        gaps.append(Gap(f"{_place(training, step)}: {path.stem}, no intervals", str(error)))
        return None


def _why_absent(training: TrainingId, step: Step, results: Path) -> str:
    models = results / "models" / training.folder
    if not is_finished(models / "initialized"):
        return "the model was not initialized (the job failed or has not run)"
    if step == "pretrained" and not is_finished(models / "pretrained"):
        return "pretraining has not finished (it failed, diverged or was stopped)"
    if not is_finished(models / step):
        return "the encoder was not tuned (the job failed, was stopped or has not run)"
    return "the model exists, but it was not evaluated"


def _unmeasured(measured: Measured) -> Gap:
    score = measured.score
    what = f"{_place(measured.training, measured.step)}: {measured.task}"
    return Gap(f"{what}, {score.language}, {score.metric}", score.note or "not measured")


def _place(training: TrainingId, step: Step) -> str:
    return f"{training.run} / {training.initialization} / seed {training.seed}, {step}"


def _read_curves(
    config: Config, results: Path, gaps: list[Gap]
) -> dict[TrainingId, list[dict[str, Any]]]:
    curves: dict[TrainingId, list[dict[str, Any]]] = {}
    for training in trainings(config):
        folder = results / "models" / training.folder / "pretrained"
        # Without a recipe there is no curve, also where an earlier configuration trained the model;
        # if a training is not finished, its scores are the gap.
        if "pretrained" not in language_model_steps(config, training):
            continue
        if is_finished(folder) and (lines := read_json_lines(folder, _METRICS, gaps)):
            curves[training] = lines
            gaps += _curves_without(config, training, lines)
    return curves


def _curves_without(
    config: Config, training: TrainingId, lines: Sequence[Mapping[str, Any]]
) -> Iterator[Gap]:
    """Yield a gap for each corpus that the run names and its training did not score."""
    asks = recipe(config, training.run, training.initialization).evaluate_elsewhere is not False
    scored = [line.get("elsewhere", {}) for line in lines if line.get("kind") == "valid"]
    named = config.runs[training.run].evaluation_corpora or ()
    for name in named if scored and asks else ():
        if not any(name in found for found in scored):
            yield Gap(
                f"{_place(training, 'pretrained')}: curve of {name}",
                "the training did not score it: the corpus was not made yet, or was named later; "
                "the tables have its end",
            )


def _read_tunings(
    config: Config, results: Path, gaps: list[Gap]
) -> dict[tuple[TrainingId, Step], list[dict[str, Any]]]:
    found = {}
    for training in trainings(config):
        for encoder in encoders(config, training):
            folder = results / "models" / training.folder / encoder
            if is_finished(folder) and (lines := read_json_lines(folder, _METRICS, gaps)):
                found[training, encoder] = lines
    return found


def _read_accounts(
    config: Config, results: Path, gaps: list[Gap]
) -> dict[TrainingId, dict[str, Any]]:
    found = {}
    for training in trainings(config):
        folder = results / "models" / training.folder / "initialized"
        content = read_json(folder, _ACCOUNT, gaps) if is_finished(folder) else None
        if content is not None:
            found[training] = content
    return found


def _read_parameters(config: Config, results: Path, gaps: list[Gap]) -> dict[TrainingId, int]:
    found = {}
    for training in trainings(config):
        folder = results / "models" / training.folder / language_model_steps(config, training)[-1]
        count = read_parameters(folder, gaps)
        if count is not None:
            found[training] = count
    return found


def _read_corpora(config: Config, results: Path, gaps: list[Gap]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in config.corpora:
        folder = results / "corpora" / name
        # A corpus that is not finished yet is no gap of its own: the scores that need it are.
        content = read_json(folder, "statistics.json", gaps) if is_finished(folder) else None
        if content is not None:
            found[name] = content
    return found


def _read_metrics(folder: Path, names: list[str], gaps: list[Gap]) -> dict[str, dict[str, Any]]:
    found = {}
    for name in names:
        if not is_finished(folder / name):
            gaps.append(Gap(f"{folder.name} / {name}", "it was not made (it has no manifest.json)"))
            continue
        content = read_json(folder / name, "metrics.json", gaps)
        if content is not None:
            found[name] = content
    return found


def _read_refiners(
    config: Config, results: Path, gaps: list[Gap]
) -> dict[str, list[dict[str, Any]]]:
    refined = [name for name, one in config.vectors.items() if isinstance(one, RefinedVectors)]
    found = {}
    for name in refined:
        folder = results / "vectors" / name
        # Vectors that nothing needs are not made, and miss nowhere.
        content = read_json(folder, "metrics.json", gaps) if is_finished(folder) else None
        if content is not None:
            found[name] = content["refiners"]
    return found


def _read_results(
    evaluation: Path, places: Mapping[K, str], gaps: list[Gap]
) -> dict[K, TaskResult]:
    """The results at the places `<place>.json` of the folder of evaluations."""
    found = {}
    for key, place in places.items():
        try:
            found[key] = read_result(evaluation / f"{place}.json")
        except InputError as error:
            gaps.append(Gap(f"{place.replace('/', ' / ')}: evaluation", str(error)))
    return found


def _names(config: Config) -> tuple[list[str], list[str]]:
    runs = config.runs.values()
    tokenizers = dict.fromkeys(run.tokenizer for run in runs)
    measured = [name for name, _ in evaluated_alignments(config)]
    alignments = dict.fromkeys([*alignments_in_use(config), *measured])
    return list(tokenizers), list(alignments)
