"""Runs a task of mteb and turns what mteb keeps into our scores and predictions."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import mteb
from mteb import AbsTask, ResultCache

from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.data.kept_files import drop_damaged, seal_files
from lingraft.evaluation.measures.mteb_encoder import LocalEncoder, is_local
from lingraft.evaluation.outcome import Outcome, Prediction, Score

logging.getLogger("mteb").setLevel(logging.WARNING)

_BATCH = 512  # texts handed over at once; the embedder forms its own batches


def run_mteb_task(task: AbsTask, encoder: LocalEncoder, folder: Path) -> Outcome:
    """Run one task, or take its scores from mteb's cache in `folder`.

    What it keeps there carries no digests, so we keep them beside it: of a killed run, a task that
    was not finished with its digests is run again.

    Args:
        task: a task of the catalogue, or one over local data.
        encoder: the evaluated model.
        folder: where mteb keeps what is finished.

    Raises:
        InputError: mteb cannot load the task's data, for example without a network.
    """
    drop_damaged(folder)
    try:
        # Its classifiers warn of labels without predictions and of many iterations, once each.
        with warnings.catch_warnings(action="ignore"):
            result = mteb.evaluate(
                encoder,
                task,
                cache=ResultCache(cache_path=folder),
                prediction_folder=folder / "predictions",
                encode_kwargs={"batch_size": _BATCH},
                co2_tracker=False,
                show_progress_bar=False,
            )
    except (OSError, ValueError) as error:
        if is_local(task.metadata):
            raise
        raise InputError(
            f"mteb task {task.metadata.name} failed ({error}); its data must be in the local "
            "Hugging Face cache, because evaluation runs without network"
        ) from error
    seal_files(folder)
    scores = [
        _score(task, split, subset)
        for task_result in result.task_results
        for split, subsets in task_result.scores.items()
        for subset in subsets
    ]
    kept = folder / "predictions" / task.prediction_file_name
    return Outcome(scores, list(read_mteb_predictions(kept)))


def named_tasks(
    names: Sequence[str], benchmark: str | None, spoken: Sequence[str]
) -> list[AbsTask]:
    """Tasks of mteb's catalogue.

    Args:
        names: tasks by name.
        benchmark: a whole benchmark by name, whose tasks come first.
        spoken: languages as mteb spells them; empty takes all.

    Raises:
        ConfigError: mteb has no such task or benchmark.
    """
    languages = list(spoken) or None
    try:
        tasks = list(mteb.get_benchmark(benchmark)) if benchmark else []
        if tasks and languages:
            # get_benchmark takes no languages, so its tasks are asked for again by name.
            found = [task.metadata.name for task in tasks]
            tasks = list(mteb.get_tasks(tasks=found, languages=languages))
        for name in names:
            tasks.append(mteb.get_task(name, languages=languages))
    except (KeyError, ValueError) as error:
        # str() of a KeyError puts quotes around its message; args[0] is the plain text.
        raise ConfigError(f"evaluation.mteb: {error.args[0]}") from None
    return tasks


def _score(task: AbsTask, split: str, subset: Mapping[str, Any]) -> Score:
    metric = task.metadata.main_score
    return Score(
        language=_language(task, subset["languages"]),
        metric=metric,
        value=round(float(subset["main_score"]), 6),  # as mteb stores it
        n=_count(task, split, str(subset["hf_subset"])),
        split=split,
        setting=task.metadata.name,
    )


def _language(task: AbsTask, languages: Sequence[str]) -> str:
    """Both languages of a pair; of our own bitext the target, beside whose other scores it goes."""
    names = [name.replace("-", "_") for name in languages]
    return names[-1] if is_local(task.metadata) else "-".join(names)


def _count(task: AbsTask, split: str, subset: str) -> int:
    """Test items as mteb's own statistics have them for its catalogue; 0 where they do not."""
    if is_local(task.metadata):
        return len(task.dataset[split])
    statistics = (task.metadata.descriptive_stats or {}).get(split, {})
    # Only tasks of several languages have statistics for each language.
    own = statistics.get("hf_subset_descriptive_stats", {}).get(subset, statistics)
    return int(own.get("num_samples", 0))


def read_mteb_predictions(path: Path) -> Iterator[Prediction]:
    """What mteb saved, one record for each item; tasks without predictions have no file."""
    if not path.is_file():
        return
    content = json.loads(path.read_text("utf-8"))
    content.pop("mteb_model_meta", None)
    task = path.name.removesuffix("_predictions.json")
    for subset, splits in content.items():
        for split, items in splits.items():
            for language, name, item in _items(subset, items):
                yield {
                    "id": name,
                    "task": task,
                    "language": language,
                    "split": split,
                    "prediction": item,
                }


def _items(subset: str, items: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield (language or subset, item, prediction) from the shapes that mteb's task types save."""
    if isinstance(items, dict):  # bitext: {pair: [match of each line]}; retrieval: {query: {...}}
        for name, value in items.items():
            if isinstance(value, list):
                yield from ((name, str(line), match) for line, match in enumerate(value))
            else:
                yield subset, name, value
    elif items and isinstance(items[0], list):  # classification: labels by experiment
        # From experiments x texts to texts x experiments.
        by_text = zip(*items, strict=True)
        yield from ((subset, str(text), list(labels)) for text, labels in enumerate(by_text))
    else:
        yield from ((subset, str(line), item) for line, item in enumerate(items))
