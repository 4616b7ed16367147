"""What every kind of training set has: settings, and a method that reads its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field, PositiveInt

from lingraft.config.base import Block, Name
from lingraft.config.folders import NamedFolders
from lingraft.encoders.examples import Form, TrainingExample


@dataclass(frozen=True)
class SetInputs(NamedFolders):
    """What training sets are read from: folders of artifacts by name.

    Attributes:
        left_out: what reading leaves out, by reason; a kind of sets counts here.
    """

    sets: Mapping[str, Path] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    needed_by: ClassVar[str] = "the training set needs"
    arguments: ClassVar[Mapping[str, str]] = {"sources": "downloads", "training_sets": "sets"}


class TrainingSet(Block):
    """Examples that encoders are trained on.

    Whatever its kind, an example is left out if one of its texts is held out, or nearly repeats a
    held-out text (`near_duplicates`).
    """

    kind: str
    """Kind of the set."""
    near_duplicates: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    """An example is left out if a text of it and a held-out text share this much of their
    character 4-grams (Jaccard's index) or more. 1 leaves out equal texts alone (without case, signs
    and the values of numbers)."""
    minimum_characters: PositiveInt = 1
    """Fewest characters of every text of an example."""
    maximum: PositiveInt | None = None
    """Most examples, drawn by the hash of their ids. Unset: all."""

    each_text_once: ClassVar[bool] = False
    """Whether an example is left out if another one has the same text in the same place: in a batch
    they would be negatives of each other, although they belong together."""

    if TYPE_CHECKING:  # a property, or a field of the kind

        @property
        def form(self) -> Form:
            """What the texts of an example are."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """(section of the configuration, name) of the artifacts that it is read from."""
        return ()

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield all examples.

        Raises:
            InputError: an artifact is missing or damaged, or an example is not of the form.
        """
        raise NotImplementedError


class CorpusSet(TrainingSet):
    """Examples from the training part of corpora."""

    corpora: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The corpora, by names in `corpora`."""

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The corpora."""
        return tuple(("corpora", name) for name in self.corpora)

    def folders(self, given: SetInputs) -> Iterator[tuple[Path, str]]:
        """The folder and the language of each corpus.

        Raises:
            InputError: a corpus is not given, or damaged.
        """
        from lingraft.evaluation.data.reading import language_of

        for name in self.corpora:
            folder = given.find("corpora", name)
            yield folder, language_of(folder, name)
