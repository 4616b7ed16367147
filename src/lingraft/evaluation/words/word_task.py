"""What every task has whose subject is a set of word vectors."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from lingraft.evaluation.outcome import Outcome, not_measured
from lingraft.evaluation.subject import VectorsSubject
from lingraft.evaluation.task import Task

if TYPE_CHECKING:
    from pathlib import Path

    from lingraft.vectors.vectorset import VectorSet


class WordTask(Task[VectorsSubject]):
    """A task of static word vectors, on data of their language."""

    measures = VectorsSubject
    reads = ("folder", "data")
    packages = ("numpy", "scipy")
    main_metric: ClassVar[str]
    """The metric that is reported as not measured where the language has no data."""

    def can_measure(self, language: str | None, datasets: Mapping[str, Any]) -> bool:
        """Whether there is data of a language; where the language is unknown, it is tried.

        Args:
            language: of the vectors.
            datasets: blocks of the configuration, by name.
        """
        data = getattr(self, "data", None)
        return None in (language, data) or language in datasets[data].languages

    def evaluate(self, subject: VectorsSubject) -> Outcome:
        """Measure the vectors on the data of their language."""
        language = subject.vectors.language or subject.folder.name
        data: str = getattr(self, "data")  # noqa: B009 (each subclass has the field)
        folder = subject.dataset(data).get(language)
        if folder is None:
            return not_measured(language, self.main_metric, f"{data} has no data of {language}")
        return self.test(subject.vectors, folder, language)

    @abstractmethod
    def test(self, vectors: "VectorSet", data: "Path", language: str) -> Outcome:
        """Measure vectors.

        Args:
            vectors: the most frequent words.
            data: folder of the dataset's part in this language.
            language: as scores name it.
        """
