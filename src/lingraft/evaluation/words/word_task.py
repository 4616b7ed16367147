"""What the tasks share whose subject is a set of word vectors."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import PositiveInt

from lingraft.config.base import Name
from lingraft.corpus.records import stems_of_records
from lingraft.evaluation.outcome import Outcome, joined, not_measured
from lingraft.evaluation.task import UNNAMED, Task
from lingraft.evaluation.word_subjects import MOST_WORDS, VectorsSubject

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class WordTask(Task[VectorsSubject]):
    """A task of static word vectors, on data of their language."""

    measures = VectorsSubject
    reads: ClassVar[tuple[str, ...]] = ("folder", "data")
    packages: ClassVar[tuple[str, ...]] = ("numpy", "scipy")
    main_metric: ClassVar[str]
    """The metric that is reported as not measured where the language has no data."""

    words: PositiveInt = MOST_WORDS
    """The most frequent words that are read. With fewer words there are fewer wrong answers, and
    more words of the test are unknown."""

    @abstractmethod
    def can_measure(self, language: str | None, datasets: Mapping[str, Any]) -> bool:
        """Whether there is data of a language; where the language is unknown, it is tried.

        Args:
            language: of the vectors.
            datasets: blocks of the configuration, by name.
        """


class DatasetWordTask(WordTask):
    """A task of static word vectors on a dataset."""

    data: Name
    """What it is measured on, by its name in `datasets`."""

    def can_measure(self, language: str | None, datasets: Mapping[str, Any]) -> bool:
        """Whether the dataset has the language."""
        return language is None or language in datasets[self.data].languages

    def evaluate(self, subject: VectorsSubject) -> Outcome:
        """Measure the vectors on the data of their language."""
        vectors = subject.vectors(self.words)
        language = vectors.language or subject.folder.name
        folder = subject.dataset(self.data).get(language)
        if folder is None:
            reason = f"{self.data} has no data of {language}"
            return not_measured(language, self.main_metric, reason)
        return self.test(vectors, folder, language)

    @abstractmethod
    def test(self, vectors: "VectorSet", data: Path, language: str) -> Outcome:
        """Measure vectors.

        Args:
            vectors: the most frequent words.
            data: folder of the dataset's part in this language.
            language: as scores name it.
        """


class WordListTask(DatasetWordTask):
    """A task of static word vectors on lists of words; each list that has a name is a setting."""

    def test(self, vectors: "VectorSet", data: Path, language: str) -> Outcome:
        """Measure vectors on each list of the dataset."""
        return joined(
            _named(self.test_list(vectors, data, name, language), name)
            for name in stems_of_records(data)
        )

    @abstractmethod
    def test_list(self, vectors: "VectorSet", data: Path, name: str, language: str) -> Outcome:
        """Measure vectors on one list.

        Args:
            vectors: the most frequent words.
            data: folder of the dataset's part in this language.
            name: of the list: `test` where the dataset names none.
            language: as scores name it.
        """


def _named(outcome: Outcome, name: str) -> Outcome:
    """The outcome of a list, whose name is in the settings."""
    if name == UNNAMED:
        return outcome

    def setting(given: str) -> str:
        return ", ".join(filter(None, (given, name)))

    scores = [replace(score, setting=setting(score.setting)) for score in outcome.scores]
    records = [dict(one) | {"setting": setting(one["setting"])} for one in outcome.predictions]
    return Outcome(scores, records, [f"{name}: {note}" for note in outcome.notes])
