"""The trainings of a fine-tuned task: which language trains, which are tested, one for each seed.

Each training is kept by itself in the state: another seed or language trains only what is new.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lingraft.artifacts import fingerprint
from lingraft.errors import InputError
from lingraft.evaluation.data.digests import digest_of
from lingraft.evaluation.dynamic_reading import labelled
from lingraft.evaluation.fine_tuning.recipe import FineTuned, FineTuning, Split
from lingraft.evaluation.outcome import Outcome, Score, joined, unmeasured
from lingraft.evaluation.results import read_outcome, write_outcome
from lingraft.evaluation.subject import PLAIN, ModelSubject

# What of the recipe does not change a training: which others there are, where the data comes from.
_APART = {"seeds", "data", "languages", "train_language"}


@dataclass(frozen=True)
class FineTuningRun:
    """One training: the language it trains on, those it is tested on, and its seed."""

    language: str
    tested: tuple[str, ...]
    seed: int


def run(task: FineTuning, subject: ModelSubject) -> Outcome:
    """Fine-tune for each training language and seed, and test on every language it serves.

    Raises:
        InputError: data is missing or malformed.
    """
    folders = _folders(task, subject)
    splits = {language: task.read(folder) for language, folder in folders.items()}
    if not splits:
        return _nothing_in_the_models_languages(task, subject)
    return joined(
        part
        for language, tested in _languages(task, list(splits)).items()
        for part in _train_on(task, subject, language, tested, splits, folders)
    )


def _train_on(
    task: FineTuning,
    subject: ModelSubject,
    language: str,
    tested: Sequence[str],
    splits: Mapping[str, Split[Any]],
    folders: Mapping[str, Path],
) -> Iterator[Outcome]:
    """Yield what cannot be measured, and then the outcome of each seed."""
    measurable = tuple(name for name in tested if splits[name].test)
    missing = [name for name in tested if name not in measurable]
    yield _unmeasured(task, missing, "no test examples")
    if obstacle := _obstacle(task, splits[language], language):
        yield _unmeasured(task, tested, obstacle, notes=[obstacle])
    elif measurable:
        for seed in task.seeds:
            training = FineTuningRun(language, measurable, seed)
            yield _train_once(task, subject, training, splits, folders)


def _train_once(
    task: FineTuning,
    subject: ModelSubject,
    training: FineTuningRun,
    splits: Mapping[str, Split[Any]],
    folders: Mapping[str, Path],
) -> Outcome:
    """Train and test, or take the outcome from the state; a killed training resumes from there."""
    return kept_training(
        subject.state,
        lambda: _key(task, subject, training, folders),
        lambda checkpoint: _train_and_test(task, subject, training, splits, checkpoint),
    )


def kept_training(
    state: Path | None, name: Callable[[], str], train: Callable[[Path | None], Outcome]
) -> Outcome:
    """The outcome of a training: from the state, or else new and then kept there.

    Args:
        state: where finished trainings are; None keeps nothing.
        name: gives what the training is called there, which has a fingerprint of all that
            determines its outcome.
        train: trains and tests; given the checkpoint from which a killed training resumes, or None.
    """
    if state is None:
        return train(None)
    kept = state / "finetuning" / f"{name()}.json"
    checkpoint = kept.with_suffix(".pt")
    outcome = read_outcome(kept)
    if outcome is None:
        outcome = train(checkpoint)
        write_outcome(kept, outcome)
    # The outcome is written before the checkpoint is removed, so a kill between the two loses
    # nothing.
    checkpoint.unlink(missing_ok=True)
    return outcome


def _train_and_test(
    task: FineTuning,
    subject: ModelSubject,
    training: FineTuningRun,
    splits: Mapping[str, Split[Any]],
    checkpoint: Path | None,
) -> Outcome:
    split, seed = splits[training.language], training.seed
    model = task.train(subject, split, seed, checkpoint)
    development = [
        Score(
            training.language, f"development_{task.main_metric}", model.development_score,
            len(split.development), setting=task.mode, seed=seed,
        )
    ] if split.development else []  # fmt: skip
    tests = (
        part
        for language in training.tested
        for part in _test(task, model, splits[language].test, language, seed)
    )
    return joined([Outcome(development), *tests])


def _test(
    task: FineTuning, model: FineTuned[Any], items: Sequence[Any], language: str, seed: int
) -> Iterator[Outcome]:
    """Yield the outcome of a test set, for each number of merges if the task has any."""
    if task.dynamic is None:
        yield model.measure(items, language, task.mode, seed)
        return
    for dynamic in (None, *task.dynamic.each()):
        costs = model.read_with(dynamic)
        yield labelled(model.measure(items, language, task.mode, seed), dynamic, costs)


def _key(
    task: FineTuning, subject: ModelSubject, training: FineTuningRun, folders: Mapping[str, Path]
) -> str:
    """Fingerprint of all that determines the outcome of one training."""
    data = {name: digest_of(folders[name]) for name in (training.language, *training.tested)}
    question = [
        task.name,
        task.model_dump(mode="json", exclude=_APART),
        [training.language, list(training.tested), training.seed],
        {name: subject.own_digests[name] for name in ("weights", "tokenizer")},
        data,
        version("lingraft"),
    ]
    return f"{training.language}-{training.seed}-{fingerprint(question)[:24]}"


def _folders(task: FineTuning, subject: ModelSubject) -> dict[str, Path]:
    """Language -> folder of its examples, for all languages that train or are tested."""
    if task.data is not None:
        folders = subject.dataset(task.data)
        # A model that learned Swahili is trained and tested in Swahili, not in all the data has.
        own = set(subject.languages().values())
        chosen = own if task.trains_in_each and own else folders.keys()
        return {language: folder for language, folder in folders.items() if language in chosen}
    named = task.languages or {name: name for name in subject.data}
    if not named:
        raise InputError("this task needs labelled data: give `data=NAME=DIR,...` or `data=DIR`")
    missing = [name for name in named.values() if name not in subject.data]
    if missing:
        name = missing[0]
        raise InputError(f"this task's settings name the data {name}: give `data={name}=DIR`")
    return subject.alike.of({language: subject.data[name] for language, name in named.items()})


def _languages(task: FineTuning, known: list[str]) -> dict[str, list[str]]:
    """Language trained on -> languages tested."""
    # By hand, data without a name has one language, whatever it is.
    if task.trains_in_each or known == [PLAIN]:
        return {language: [language] for language in known}
    if task.train_language not in known:
        raise InputError(
            f"mode {task.mode} trains in {task.train_language}, of which there is no data; "
            f"there is {', '.join(known)}"
        )
    return {task.train_language: known}


def _obstacle(task: FineTuning, split: Split[Any], language: str) -> str:
    if not split.train:
        return f"{language}: no training examples"
    if not split.development and task.selection == "best":
        return (
            f"{language}: no development examples, which select the epoch (`selection: last` "
            "needs none)"
        )
    return ""


def _nothing_in_the_models_languages(task: FineTuning, subject: ModelSubject) -> Outcome:
    reason = "the data has no examples in the model's languages"
    languages = sorted(set(subject.languages().values()))
    return _unmeasured(task, languages, reason, notes=[f"{', '.join(languages)}: {reason}"])


def _unmeasured(
    task: FineTuning, languages: Sequence[str], reason: str, notes: Sequence[str] = ()
) -> Outcome:
    where = {"split": "test", "setting": task.mode}
    return Outcome([unmeasured(x, task.main_metric, reason, **where) for x in languages], (), notes)
