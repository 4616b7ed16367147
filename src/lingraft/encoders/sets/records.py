"""Examples of the user's own: a row of a table or an object of JSON an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import model_validator

from lingraft.artifacts.facts import UNKNOWN_LANGUAGE
from lingraft.config.base import Language, Name
from lingraft.config.patterns import Pattern
from lingraft.encoders.examples import Form, TrainingExample
from lingraft.encoders.training_set import SetInputs, TrainingSet
from lingraft.errors import InputError

Names = str | tuple[str, ...]


class RecordSet(TrainingSet):
    """Examples in files: labelled pairs (NLI), graded pairs (STS), triples, ranked lists, lists
    with a teacher's scores, pairs or single texts."""

    kind: Literal["records"]
    source: Name
    """The source (download) with the files."""
    form: Form
    """What the columns are. `texts`: `text`; `pairs`: `anchor` and `positive`; `translations`:
    `source` and `target`; `definitions`: `entry` and `definition`; `labelled`: `premise`,
    `hypothesis` and `label`; `graded`: `first`, `second` and `score`; `triples`: `anchor`,
    `positive` and `negative` (a text, a list, or several columns); `ranked`: `query` and
    `documents`, the best first; `scored`: `query`, `documents` and `scores`."""
    files: Pattern | None = None
    """Shell pattern of the files: JSON lines, Parquet, Arrow, or CSV and TSV with a header. Unset:
    all files of these kinds."""
    columns: dict[str, Names] = {}
    """Our name of a column -> its name in the files, or a list of names whose texts follow each
    other: `{negative: [negative_1, negative_2]}`. Columns of the same name need no entry. `id` and
    `language` are columns only if they stand here."""
    labels: tuple[str, ...] = ()
    """Names of labels that the files give as numbers, from 0."""
    language: Language = UNKNOWN_LANGUAGE
    """Language of the texts that the student reads."""

    suffixes: ClassVar[Sequence[str]] = (
        ".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".parquet", ".arrow", ".csv", ".tsv",
    )  # fmt: skip
    texts_of: ClassVar[Mapping[Form, tuple[str, ...]]] = {
        "texts": ("text",),
        "pairs": ("anchor", "positive"),
        "translations": ("source", "target"),
        "definitions": ("entry", "definition"),
        "labelled": ("premise", "hypothesis"),
        "graded": ("first", "second"),
        "triples": ("anchor", "positive", "negative"),
        "ranked": ("query", "documents"),
        "scored": ("query", "documents"),
    }
    known_of: ClassVar[Mapping[Form, str]] = {
        "labelled": "label",
        "graded": "score",
        "scored": "scores",
    }

    @property
    def made_from(self) -> tuple[tuple[str, str], ...]:
        """The download."""
        return (("sources", self.source),)

    @property
    def needed(self) -> tuple[str, ...]:
        """Our names of the columns that the form has."""
        known = self.known_of.get(self.form)
        return self.texts_of[self.form] + ((known,) if known else ())

    @model_validator(mode="after")
    def _names_columns_of_the_form(self) -> Self:
        for name in self.columns:
            if name not in (*self.needed, "id", "language"):
                raise ValueError(
                    f"columns: {name!r} is not a column of the form {self.form}; "
                    f"it has {', '.join(self.needed)}"
                )
        if self.labels and self.form != "labelled":
            raise ValueError(f"labels are for the form labelled, not for {self.form}")
        return self

    def read(self, given: SetInputs) -> Iterator[TrainingExample]:
        """Yield one example for each row, in the order of the files.

        Raises:
            InputError: there is no such file, a column is missing, or a value is of another type.
        """
        from lingraft.corpus.reading.files import find_files
        from lingraft.corpus.reading.tables import read_rows

        folder = given.download(self.source)
        asked = [*self.needed, *(name for name in ("id", "language") if name in self.columns)]
        theirs = list(dict.fromkeys(name for ours in asked for name in self._names(ours)))
        for path in find_files(folder, self.files, self.suffixes, self.source):
            for number, row in enumerate(read_rows(path, theirs), start=1):
                yield self._example(row, f"{path.name}, row {number}")

    def _names(self, ours: str) -> tuple[str, ...]:
        named = self.columns.get(ours, ours)
        return (named,) if isinstance(named, str) else named

    def _example(self, row: Mapping[str, Any], place: str) -> TrainingExample:
        from lingraft.encoders.data.values import label_in, scores_in, texts_in

        def values(ours: str) -> list[Any]:
            for name in self._names(ours):
                if name not in row:
                    raise InputError(
                        f"{place}, has no column {name!r} ({ours}); it has {', '.join(row)}; "
                        "say with `columns` what it is called"
                    )
            return [row[name] for name in self._names(ours)]

        texts = [
            text
            for ours in self.texts_of[self.form]
            for value in values(ours)
            for text in texts_in(value, ours, place)
        ]
        known = self.known_of.get(self.form)
        return TrainingExample(
            id=str(values("id")[0]) if "id" in self.columns else place,
            texts=tuple(texts),
            language=str(values("language")[0]) if "language" in self.columns else self.language,
            label=label_in(values("label")[0], self.labels, place) if known == "label" else None,
            scores=scores_in(values(known), known, place) if known in ("score", "scores") else (),
        )
