"""What fine-tuned tasks share: which language trains, which are tested, one run for each seed.

Each training is kept by itself in the state: another seed or language trains only what is new.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from lingraft.artifacts import fingerprint
from lingraft.config.evaluation import FineTuning
from lingraft.errors import InputError
from lingraft.evaluation.outcome import Outcome, Prediction, Score, unmeasured
from lingraft.evaluation.results import read_outcome, write_outcome
from lingraft.evaluation.subject import PLAIN, Subject, dataset_folders

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
    if not splits:
        return _nothing_in_the_languages_of_the_run(mode, subject, metric)
    scores: list[Score] = []
    predictions: list[Prediction] = []
    notes: list[str] = []
    for trained_on, tested in _plan(settings, mode, splits):
        measurable = list(_with_test_data(splits, tested, metric, mode, scores))
        split = splits[trained_on]
        reason = _obstacle(split, trained_on)
        if reason:
            notes.append(reason)
            scores += [unmeasured(x, metric, reason, split="test", setting=mode) for x in tested]
            continue
        for seed in settings.seeds if measurable else ():
            training = _Training(trained_on, mode, metric, seed)
            tests = {language: splits[language].test for language in measurable}
            measured = _once(training, settings, subject, split, tests, train)
            scores += measured.scores
            predictions += measured.predictions
            notes += measured.notes
    return Outcome(scores, predictions, list(dict.fromkeys(notes)))


@dataclass(frozen=True)
class _Training:
    """One fine-tuning: where its scores belong."""

    language: str
    mode: str
    metric: str
    seed: int


def _once(
    training: _Training,
    settings: FineTuning,
    subject: Subject,
    split: Split[Item],
    tests: Mapping[str, Sequence[Item]],
    train: Train[Item],
) -> Outcome:
    """Train and test, or take the outcome from the state; a killed training resumes from there."""
    if subject.state is None:
        return _train_and_test(training, split, tests, train, None)
    name = _key(training, settings, subject, split, tests)
    folder = subject.state / "finetuning"
    kept, checkpoint = folder / f"{name}.json", folder / f"{name}.pt"
    outcome = read_outcome(kept)
    if outcome is None:
        outcome = _train_and_test(training, split, tests, train, checkpoint)
        write_outcome(kept, outcome)
    checkpoint.unlink(missing_ok=True)
    return outcome


def _train_and_test(
    training: _Training,
    split: Split[Item],
    tests: Mapping[str, Sequence[Item]],
    train: Train[Item],
    checkpoint: Path | None,
) -> Outcome:
    model = train(split, training.seed, checkpoint)
    scores = [
        Score(
            training.language, f"development_{training.metric}", model.development_score,
            len(split.development), setting=training.mode, seed=training.seed,
        )
    ]  # fmt: skip
    predictions: list[Prediction] = []
    notes: list[str] = []
    for language, items in tests.items():
        measured = model.measure(items, language, training.mode, training.seed)
        scores += measured[0]
        predictions += measured[1]
        notes += measured[2]
    return Outcome(scores, predictions, notes)


# What the recipe is apart from which languages and seeds there are and where the data comes from.
_APART = {"seeds", "data", "languages", "train_language"}


def _key(
    training: _Training,
    settings: FineTuning,
    subject: Subject,
    split: Split[Any],
    tests: Mapping[str, Sequence[Any]],
) -> str:
    """Digest of all that determines the outcome of one training."""
    own = {name: subject.model_digests[name] for name in ("weights", "tokenizer")}
    data = [split.train, split.development, *tests.values()]
    question = [
        type(settings).__name__,
        settings.model_dump(mode="json", exclude=_APART),
        asdict(training),
        list(tests),
        own,
        [[asdict(item) for item in items] for items in data],
        version("lingraft"),
    ]
    return f"{training.language}-{training.seed}-{fingerprint(question)[:24]}"


def _nothing_in_the_languages_of_the_run(mode: str, subject: Subject, metric: str) -> Outcome:
    reason = "the data has no examples in the model's languages"
    languages = sorted(set(subject.languages().values()))
    scores = [unmeasured(name, metric, reason, split="test", setting=mode) for name in languages]
    return Outcome(scores, notes=[f"{', '.join(languages)}: {reason}"])


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
    return {language: folder for language, folder in folders.items() if language in own}


def _plan(
    settings: FineTuning, mode: str, splits: dict[str, Split[Any]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield (language trained on, languages tested)."""
    # By hand, a plain `--data DIR` has one language, whatever it is.
    if mode in _IN_EACH_LANGUAGE or list(splits) == [PLAIN]:
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
