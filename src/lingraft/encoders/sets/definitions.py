"""Words and terms with their definitions, from dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import model_validator

from lingraft.config.base import Language, Name
from lingraft.config.patterns import Pattern
from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import SetInputs, TrainingSet


class Definitions(TrainingSet):
    """The entries of a dictionary, several words long or one, with one example a definition."""

    kind: Literal["definitions"]
    source: Name
    """The source (download) with the dictionary."""
    format: Literal["freedict", "wordnet", "tsv"]
    """`freedict`: a package of FreeDict (.index and .dict.dz), whose definitions are translations;
    `wordnet`: WordNet's `data.*`, as in Debian's wordnet-base, without the examples of use; `tsv`:
    on each line an entry, and a definition in each further column."""
    language: Language
    """Language of the entries."""
    files: Pattern | None = None
    """Shell pattern of the files of `tsv`. Unset: all that end with .tsv."""

    @property
    def form(self) -> Form:
        """Definitions."""
        return "definitions"

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)

    @model_validator(mode="after")
    def _names_files_of_tsv(self) -> Self:
        if self.files is not None and self.format != "tsv":
            raise ValueError(f"`files` is for the format tsv: {self.format} has files of its own")
        return self

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield one example for each definition, in the order of the files.

        Raises:
            InputError: the download has no such dictionary, or a line of it is damaged.
        """
        from lingraft.corpus.reading.files import find_files
        from lingraft.encoders.data import dictionaries

        folder = given.download(self.source)
        if self.format == "freedict":
            found = dictionaries.freedict_definitions(folder)
        elif self.format == "wordnet":
            found = dictionaries.wordnet_definitions(folder)
        else:
            files = find_files(folder, self.files, (".tsv", ".tsv.gz"), self.source)
            found = dictionaries.tsv_definitions(files)
        for definition in found:
            texts = (definition.entry, definition.text)
            yield TrainingExample(definition.place, texts, self.language)
