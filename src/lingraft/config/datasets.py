"""Data that models are measured on: labelled texts and translated sentences in many languages.

One dataset holds one task's data for all of its languages; the pieces of its files that name a
language are written `{code}` in the patterns.
"""

from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from lingraft.config.base import Block, Language, Name
from lingraft.config.sources import Pattern

_PAIRS = ("lines", "verses")


class _Dataset(Block):
    source: Name
    """The source (download) that holds the files."""

    languages: Annotated[dict[Language, str], Field(min_length=1)]
    """Language -> how the files spell it: what takes the place of `{code}` in the patterns."""


class LabelledDataset(_Dataset):
    """Examples with labels, in a training, a development and a test set."""

    format: Literal["records", "tags"]
    """`records`: JSON lines or Parquet, a row an example; `tags`: a word and its tag on a line
    (CoNLL columns, or Universal Dependencies' CoNLL-U for files that end with .conllu)."""

    train: Pattern | None = None
    """Shell pattern of the training files, with `{code}` for the language. Languages that are only
    tested need have none."""

    valid: Pattern | None = None
    """Pattern of the development files."""

    test: Pattern
    """Pattern of the test files."""

    columns: dict[str, str] = {}
    """What we call it -> what the files call it, for records: `text`, `label`, `premise`,
    `hypothesis`, `words`, `tags`; those of the same name need not stand here."""

    labels: tuple[str, ...] = ()
    """Names of labels (or tags) that the files give as numbers, from 0."""


class PairedDataset(_Dataset):
    """Sentences and their translations into the pivot language, for retrieval."""

    format: Literal["lines", "verses"]
    """`lines`: two files aligned line by line; `verses`: an id, a tab and a text on each line, as
    in the Parallel Bible Corpus, where the two sides share ids."""

    pivot: Pattern
    """Shell pattern of the file in the pivot language, mostly English."""

    target: Pattern
    """Pattern of the file in the other language, with `{code}` for it."""

    @model_validator(mode="after")
    def _names_the_language(self) -> Self:
        if "{code}" not in self.target:
            raise ValueError("target must say {code} where the file names the language")
        return self


def _kind(value: object) -> str:
    given = value.get("format") if isinstance(value, dict) else getattr(value, "format", None)
    return "lines" if given in _PAIRS else "records"


Dataset = Annotated[
    Annotated[LabelledDataset, Tag("records")] | Annotated[PairedDataset, Tag("lines")],
    Discriminator(_kind),
]
