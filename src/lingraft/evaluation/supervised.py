"""What fine-tuned tasks share: which language trains, which are tested, one run for each seed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from lingraft.artifacts import fingerprint
from lingraft.config.evaluation import FineTuning
from lingraft.errors import InputError
from lingraft.evaluation.results import Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.subject import Subject, dataset_folders

Item = TypeVar("Item")
Tested = TypeVar("Tested", contravariant=True)


@dataclass(frozen=True)
class Split(Generic[Item]):
    """The parts of one language's data; any may be empty."""

    train: Sequence[Item]
    development: Sequence[Item]
    test: Sequence[Item]


class Trained(Protocol[Tested]):
    """A fine-tuned model that scores test sets."""

    development_score: float

    def measure(
        self, items: Sequence[Tested], language: str, setting: str, seed: int
    ) -> tuple[list[Score], list[Prediction], list[str]]:
        """Scores, predictions and notes for one test set."""


_IN_EACH_LANGUAGE = ("translate_train", "in_language")

Train = Callable[[Split[Item], int, Path | None], Trained[Item]]


def run(
    settings: FineTuning,
    mode: str,
    subject: Subject,
    read: Callable[[Path], Split[Item]],
    train: Train[Item],
    metric: str,
) -> Outcome:
    """Fine-tune for each training language and seed, and test on every language it stands for.

    Args:
        settings: the recipe.
        mode: translate_train or in_language train in each language; the others in
            `settings.train_language` alone.
        subject: model, data and state.
        read: reads one language's folder.
        train: trains on a split with a seed, and a checkpoint file if there is a state.
        metric: name of the main metric, for languages that cannot be measured.
    """
    splits = {
        language: read(folder) for language, folder in _folders(settings, mode, subject).items()
    }
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: list[str] = []
    state = _state(settings, subject)
    for trained_on, tested in _plan(settings, mode, splits):
        measurable = list(_with_test_data(splits, tested, metric, mode, scores))
        split = splits[trained_on]
        reason = _obstacle(split, trained_on)
        if reason:
            notes.append(reason)
            scores += [unmeasured(x, metric, reason, split="test", setting=mode) for x in tested]
            continue
        for seed in settings.seeds if measurable else ():
            path = None if state is None else state / f"{trained_on}-{seed}.pt"
            model = train(split, seed, path)
            scores.append(
                Score(
                    trained_on, f"development_{metric}", model.development_score,
                    len(split.development), setting=mode, seed=seed,
                )
            )  # fmt: skip
            for language in measurable:
                measured = model.measure(splits[language].test, language, mode, seed)
                scores += measured[0]
                predictions += measured[1]
                notes += measured[2]
    if state is not None:
        shutil.rmtree(state, ignore_errors=True)
    return Outcome(scores, predictions, list(dict.fromkeys(notes)))


def _folders(settings: FineTuning, mode: str, subject: Subject) -> dict[str, Path]:
    if settings.data is not None:
        return _of_the_run(mode, dataset_folders(settings.data, subject), subject)
    named = settings.languages or {name: name for name in subject.data}
    if not named:
        raise InputError("this task needs labelled data: give --data NAME=DIR,... or --data DIR")
    missing = [name for name in named.values() if name not in subject.data]
    if missing:
        raise InputError(f"this task's settings name the data {missing[0]}: give --data NAME=DIR")
    return {language: subject.data[name] for language, name in named.items()}


def _of_the_run(mode: str, folders: dict[str, Path], subject: Subject) -> dict[str, Path]:
    """A model that learned Swahili is trained and tested in Swahili, not in all the data has."""
    own = set(subject.languages().values())
    if mode not in _IN_EACH_LANGUAGE or not own:
        return folders
    chosen = {language: folder for language, folder in folders.items() if language in own}
    if not chosen:
        raise InputError(
            f"the data has {', '.join(folders)}, the model's corpora are in {', '.join(own)}"
        )
    return chosen


def _plan(
    settings: FineTuning, mode: str, splits: dict[str, Split[Any]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield (language trained on, languages tested)."""
    if mode in _IN_EACH_LANGUAGE:
        yield from ((language, [language]) for language in splits)
    elif settings.train_language not in splits:
        raise InputError(
            f"mode {mode} trains in {settings.train_language}, of which there is no data; "
            f"there is {', '.join(splits)}"
        )
    else:
        yield settings.train_language, list(splits)


def _with_test_data(
    splits: dict[str, Split[Any]],
    tested: Sequence[str],
    metric: str,
    mode: str,
    scores: list[Score],
) -> Iterator[str]:
    for language in tested:
        if splits[language].test:
            yield language
        else:
            scores.append(
                unmeasured(language, metric, "no test examples", split="test", setting=mode)
            )


def _obstacle(split: Split[Any], language: str) -> str:
    if not split.train:
        return f"{language}: no training examples"
    if not split.development:
        return f"{language}: no development examples, which select the epoch"
    return ""


def _state(settings: FineTuning, subject: Subject) -> Path | None:
    if subject.state is None:
        return None
    question = [
        type(settings).__name__,
        settings.model_dump(mode="json"),
        subject.model_digests,
        subject.data_digests,
    ]
    return subject.state / "finetuning" / fingerprint(question)[:16]
