"""What the tasks share whose subject is a set of word vectors."""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.config.base import Name
from lingraft.evaluation.outcome import Outcome, not_measured
from lingraft.evaluation.subject import VectorsSubject
from lingraft.evaluation.task import Task

if TYPE_CHECKING:
    from lingraft.vectors.vectorset import VectorSet


class WordTask(Task[VectorsSubject]):
    """A task of static word vectors, on data of their language."""

    measures = VectorsSubject
    reads: ClassVar[tuple[str, ...]] = ("folder", "data")
    packages: ClassVar[tuple[str, ...]] = ("numpy", "scipy")
    main_metric: ClassVar[str]
    """The metric that is reported as not measured where the language has no data."""

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
        language = subject.vectors.language or subject.folder.name
        folder = subject.dataset(self.data).get(language)
        if folder is None:
            reason = f"{self.data} has no data of {language}"
            return not_measured(language, self.main_metric, reason)
        return self.test(subject.vectors, folder, language)

    @abstractmethod
    def test(self, vectors: "VectorSet", data: Path, language: str) -> Outcome:
        """Measure vectors.

        Args:
            vectors: the most frequent words.
            data: folder of the dataset's part in this language.
            language: as scores name it.
        """
