"""What every kind of training set has: settings, and a method that reads its examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt

from lingraft.config.base import Block
from lingraft.encoders.examples import Form, TrainingExample
from lingraft.errors import InputError


@dataclass(frozen=True)
class SetInputs:
    """What training sets are read from: folders of artifacts by name."""

    downloads: Mapping[str, Path] = field(default_factory=dict)
    corpora: Mapping[str, Path] = field(default_factory=dict)
    sets: Mapping[str, Path] = field(default_factory=dict)
    models: Mapping[str, Path] = field(default_factory=dict)

    def find(self, section: str, name: str) -> Path:
        """The folder of an artifact.

        Args:
            section: `sources`, `corpora`, `training_sets` or `models`, as the configuration calls
                it.
            name: its name there.

        Raises:
            InputError: it is not given.
        """
        argument = {"sources": "downloads", "training_sets": "sets"}.get(section, section)
        given: Mapping[str, Path] = getattr(self, argument)
        if name not in given:
            raise InputError(f"the training set needs {name!r}; give it by `{argument}={name}=DIR`")
        return given[name]


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

    @property
    def form(self) -> Form:
        """What the texts of an example are."""
        raise NotImplementedError

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
