"""Data that models are measured on: labelled texts and translated sentences in many languages.

One dataset has one task's data for all of its languages; the parts of its paths that name a
language are written `{code}` in the patterns.
"""

from typing import Annotated, Any, Literal, Self

import regex
from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from lingraft.config.base import Block, Direction, Language, Name
from lingraft.config.patterns import Pattern

_PAIRS = ("lines", "verses")
_WORD_LISTS = ("word_pairs", "analogies")


def _compiled(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        raise ValueError(f"{value!r} is not a valid regular expression: {error}") from None
    return value


_Expression = Annotated[str, AfterValidator(_compiled)]


def _spelled(value: Any) -> Any:
    return {name: name for name in value} if isinstance(value, list | tuple) else value


class _Downloaded(Block):
    source: Name
    """The source (download) with the files."""


class _Dataset(_Downloaded):
    languages: Annotated[dict[Language, str], BeforeValidator(_spelled), Field(min_length=1)]
    """Language -> its code in the files, which replaces `{code}` in the patterns: `{deu_Latn: de}`.
    A list, if the files use the same codes as we do."""


class LabelledDataset(_Dataset):
    """Examples with labels, in a training, a development and a test set."""

    format: Literal["records", "tags"]
    """`records`: JSON lines, Parquet, or CSV and TSV with a header, a row an example; `tags`: a
    word and its tag on a line (CoNLL columns, or CoNLL-U for files that end with .conllu)."""

    train: Pattern | None = None
    """Shell pattern of the training files, with `{code}` for the language. Languages that are only
    tested need no such files."""

    valid: Pattern | None = None
    """Pattern of the development files."""

    test: Pattern
    """Pattern of the test files."""

    columns: dict[str, str] = {}
    """Our name -> the name in the files, for `records`: `text`, `label`, `premise`, `hypothesis`,
    `words`, `tags`. Columns of the same name need no entry."""

    labels: tuple[str, ...] = ()
    """Names of labels (or tags) that the files give as numbers, from 0."""


class BigBenchDataset(_Dataset):
    """A task of BIG-bench whose examples have one right label; it is split into sets here."""

    format: Literal["bigbench"]
    """`bigbench`: a `task.json` for each language."""

    files: Pattern
    """Shell pattern of the task's file, with `{code}` for the language."""

    parts: _Expression | None = None
    """Regular expression whose named groups are the parts of an input: `text`, or `premise` and
    `hypothesis`; without one, the input is the text."""

    labels: dict[str, str] = {}
    """Label in the file -> label of the task; other labels do not change."""

    group: _Expression | None = None
    """Regular expression: inputs in which it matches the same text stay in one set, so that no
    near-duplicate of a training example is tested. Without one, examples are split one by one, and
    translations with the same number fall into the same set."""

    valid_fraction: float = Field(0.1, gt=0, lt=0.5)
    """Share of the groups in the development set."""

    test_fraction: float = Field(0.2, gt=0, lt=0.5)
    """Share of the groups in the test set."""

    @model_validator(mode="after")
    def _names_its_parts(self) -> Self:
        if self.parts is not None:
            names = set(regex.compile(self.parts).groupindex)
            if names not in ({"text"}, {"premise", "hypothesis"}):
                raise ValueError("parts must have the named groups premise and hypothesis, or text")
        return self


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


class AgreementDataset(_Dataset):
    """Minimal pairs of subject-verb agreement, cut from a treebank."""

    format: Literal["agreement"]
    """`agreement`: CoNLL-U with lemmas, features and heads; the wrong form of a verb is one that
    the treebank has elsewhere."""

    files: Pattern
    """Shell pattern of the treebank's files, with `{code}` for the language; all of them are one
    treebank."""


_Lists = Pattern | Annotated[dict[Name, Pattern], Field(min_length=1)]


class WordListDataset(_Dataset):
    """Lists of words that static vectors are tested on."""

    format: Literal["word_pairs", "analogies"]
    """`word_pairs`: two words and a human score on each line, or two synonyms without one, in
    columns split by tabs (or else by spaces or commas); `analogies`: four words on each line, and
    lines `: name` that open sections."""

    test: _Lists
    """Shell pattern of the files, with `{code}` for the language. Several, by name, are lists of
    their own, with scores of their own."""


class SynonymsDataset(_Dataset):
    """Synonyms from a bilingual dictionary: translations of one word in one sense."""

    format: Literal["synonyms"]
    """`synonyms`: a FreeDict dictionary into the dataset's language."""

    @model_validator(mode="after")
    def _has_one_language(self) -> Self:
        if len(self.languages) != 1:
            raise ValueError("languages must be one: a dictionary has the synonyms of one language")
        return self


class DictionaryDataset(_Downloaded):
    """Translations of words that alignments are tested on, such as MUSE's test dictionaries."""

    format: Literal["dictionary"]
    """`dictionary`: a word and its translation on each line, split by a tab (or else by spaces)."""

    languages: Annotated[dict[Direction, str], Field(min_length=1)]
    """The language of the words and that of their translations -> their code in the files:
    `{eng_Latn-sin_Sinh: en-si}`."""

    test: _Lists
    """Shell pattern of the files, with `{code}` for the two languages. Several, by name, are
    dictionaries of their own, with scores of their own."""


def _kind(value: object) -> str:
    given = value.get("format") if isinstance(value, dict) else getattr(value, "format", None)
    if given in ("bigbench", "synonyms", "dictionary", "agreement"):
        return str(given)
    if given in _WORD_LISTS:
        return "words"
    return "lines" if given in _PAIRS else "records"


Dataset = Annotated[
    Annotated[LabelledDataset, Tag("records")]
    | Annotated[BigBenchDataset, Tag("bigbench")]
    | Annotated[PairedDataset, Tag("lines")]
    | Annotated[WordListDataset, Tag("words")]
    | Annotated[SynonymsDataset, Tag("synonyms")]
    | Annotated[DictionaryDataset, Tag("dictionary")]
    | Annotated[AgreementDataset, Tag("agreement")],
    Discriminator(_kind),
]


_Blocks = (
    type[LabelledDataset]
    | type[BigBenchDataset]
    | type[PairedDataset]
    | type[WordListDataset]
    | type[SynonymsDataset]
    | type[DictionaryDataset]
    | type[AgreementDataset]
)


def block_of(content: object) -> _Blocks:
    """The block that settings are for, by their format."""
    return _BLOCKS[_kind(content)]


_BLOCKS: dict[str, _Blocks] = {
    "records": LabelledDataset,
    "bigbench": BigBenchDataset,
    "lines": PairedDataset,
    "words": WordListDataset,
    "synonyms": SynonymsDataset,
    "dictionary": DictionaryDataset,
    "agreement": AgreementDataset,
}
