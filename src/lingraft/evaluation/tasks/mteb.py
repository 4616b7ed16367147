"""Tasks of mteb, run by mteb: over the corpora's held-out text, or from its catalogue by name.

Scores carry mteb's own metric names; its bitext f1 is weighted F1 of the best match and no
accuracy, and its "XNLI" is a similarity task and not the papers' (docs/evaluation.md).
"""

import json
import logging
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mteb
from mteb import AbsTask, ResultCache

from lingraft.artifacts import fingerprint
from lingraft.config.evaluation import Mteb
from lingraft.errors import ConfigError, InputError
from lingraft.evaluation.data.kept_files import drop_damaged, seal_files
from lingraft.evaluation.data.reading import draw, held_out_pairs, language_of, without_repeats
from lingraft.evaluation.measures.mteb_encoder import Embed, LocalEncoder, is_local
from lingraft.evaluation.measures.mteb_tasks import bitext_task, classification_task
from lingraft.evaluation.outcome import Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.subject import Subject
from lingraft.evaluation.tasks import topics

logging.getLogger("mteb").setLevel(logging.WARNING)

_BATCH = 512  # texts handed over at once; the embedder forms its own batches
_LANGUAGE = re.compile(r"[a-z]{3}_[A-Z][a-z]{3}")


def protocol(settings: Mteb) -> str:
    """mteb's protocol; the id says who embeds the pivot's texts."""
    return f"mteb/{settings.pivot_model}"


def evaluate(settings: Mteb, subject: Subject) -> Outcome:
    """The main score of each task, split and language, with mteb's predictions."""
    scores: list[Score] = []
    predictions: list[Prediction] = []
    encoder = make_encoder(settings, subject)
    with _folder(settings, subject) as folder:
        for task in (*local_tasks(settings, subject), *named_tasks(settings)):
            if isinstance(task, Score):
                scores.append(task)
                continue
            scores += run_task(task, encoder, folder)
            predictions += _predictions(folder / "predictions" / task.prediction_file_name)
    notes = [f"{score.language}, {score.setting}: {score.note}" for score in scores if score.note]
    return Outcome(scores, predictions, notes)


def make_encoder(settings: Mteb, subject: Subject) -> LocalEncoder:
    """The evaluated model, with the source model for the pivot's language where asked for."""
    others: dict[str, Embed] = {}
    if settings.pivot_model == "source" and subject.pivots and "bitext" in settings.local:
        pivots = {language_of(folder, name) for name, folder in subject.pivots.items()}
        others = dict.fromkeys(pivots, partial(subject.embed_pivot, by="source"))
    return LocalEncoder(subject.embedder.embed, settings, subject.model_digests, others)


def run_task(task: AbsTask, encoder: LocalEncoder, folder: Path) -> list[Score]:
    """Run one task, or take its scores from mteb's cache in `folder`.

    What it keeps there carries no digests, so we keep them beside it: of a killed run, a task that
    was not finished with its digests is run again.

    Raises:
        InputError: mteb cannot load the task's data, for want of a network or otherwise.
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
    return [
        _score(task, split, subset)
        for task_result in result.task_results
        for split, subsets in task_result.scores.items()
        for subset in subsets
    ]


def local_tasks(settings: Mteb, subject: Subject) -> Iterator[AbsTask | Score]:
    """mteb tasks over the held-out text of each corpus, or a score that says why there is none."""
    for name, corpus in subject.corpora.items():
        language = language_of(corpus, name)
        if not _LANGUAGE.fullmatch(language):
            reason = f"{language!r} is no language as mteb knows them (swh_Latn)"
            yield unmeasured(language, "main_score", reason)
            continue
        if "bitext" in settings.local:
            yield _bitext(settings, subject, name, language)
        if "classification" in settings.local and topics.is_wanted(language, settings.topics):
            yield _classification(settings, subject, name, language)


def named_tasks(settings: Mteb) -> list[AbsTask]:
    """Tasks of mteb's catalogue that the settings name, in the languages they name.

    Raises:
        ConfigError: mteb has no such task or benchmark.
    """
    languages = list(settings.languages) or None
    try:
        tasks = list(mteb.get_benchmark(settings.benchmark)) if settings.benchmark else []
        if tasks and languages:
            names = [task.metadata.name for task in tasks]
            tasks = list(mteb.get_tasks(tasks=names, languages=languages))
        for name in settings.tasks:
            tasks.append(mteb.get_task(name, languages=languages))
    except (KeyError, ValueError) as error:
        raise ConfigError(f"evaluation.mteb: {error.args[0]}") from None
    return tasks


def _bitext(settings: Mteb, subject: Subject, name: str, language: str) -> AbsTask | Score:
    pairs = held_out_pairs(subject.corpora[name], subject.pivots.get(name))
    shortest = settings.minimum_characters
    pairs = [p for p in pairs if min(len(p.source.strip()), len(p.target.strip())) >= shortest]
    pairs = draw(without_repeats(pairs), settings.sentences)
    if len(pairs) < 2:
        reason = f"{len(pairs)} usable held-out pairs, 2 are needed"
        return unmeasured(language, "f1", reason, setting="bitext")
    pivot = language_of(subject.pivots[name], "eng_Latn") if name in subject.pivots else "eng_Latn"
    return bitext_task(pairs, (pivot, language), _revision(subject, name))


def _classification(settings: Mteb, subject: Subject, name: str, language: str) -> AbsTask | Score:
    corpus, pages = subject.corpora[name], settings.topics
    train = draw(topics.pages(corpus, "train", pages), pages.train_pages)
    test = draw(topics.pages(corpus, "valid", pages), pages.test_pages)
    reason = topics.obstacle(train, test, pages)
    if reason:
        return unmeasured(language, "accuracy", reason, setting="classification")
    return classification_task(train, test, language, _revision(subject, name))


def _revision(subject: Subject, name: str) -> str:
    roles = (f"corpora/{name}", f"pivots/{name}")
    return fingerprint({role: subject.data_digests.get(role) for role in roles})


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
    own = statistics.get("hf_subset_descriptive_stats", {}).get(subset, statistics)
    return int(own.get("num_samples", 0))


@contextmanager
def _folder(settings: Mteb, subject: Subject) -> Iterator[Path]:
    """Where mteb keeps finished tasks: for good, if the evaluation has a state to resume from.

    Another mteb, another model, other data or other settings get another folder, so that nothing
    stale is reused and no two evaluations write into one.
    """
    if subject.state is None:
        with tempfile.TemporaryDirectory(prefix="lingraft-mteb-") as folder:
            yield Path(folder)
        return
    made_from = [subject.model_digests, subject.data_digests]
    question = [version("mteb"), settings.model_dump(mode="json"), made_from]
    yield subject.state / "mteb" / fingerprint(question)[:16]


def _predictions(path: Path) -> Iterator[Prediction]:
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
        by_text = zip(*items, strict=True)
        yield from ((subset, str(text), list(labels)) for text, labels in enumerate(by_text))
    else:
        yield from ((subset, str(line), item) for line, item in enumerate(items))
