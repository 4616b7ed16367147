"""The settings of a corpus: its texts, their cleaning, and the part that is held out."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from lingraft.config.base import Block, Language, Name
from lingraft.config.patterns import Pattern
from lingraft.corpus.formats import AnyTextInput
from lingraft.corpus.normalizers import AnyNormalizer
from lingraft.corpus.normalizers.none import NoNormalizer
from lingraft.corpus.selectors import AnySelector


class Identification(Block):
    """A fastText model that identifies languages, such as GlotLID or lid.176."""

    source: Name
    """Name of the source with the model."""

    file: Pattern = "*.bin"
    """Shell pattern of the model's file, relative to the download."""

    labels: tuple[str, ...] = ()
    """Labels to keep, without `__label__`. Empty: the corpus's language as GlotLID spells it
    (`swh_Latn`); lid.176 needs `[sw]`."""

    minimum: float = Field(0.5, ge=0, le=1)
    """Probability that the model must give these labels together."""


class Cleaning(Block):
    """What is dropped or repaired in the text; every case is counted in `statistics.json`."""

    normalization: Literal["NFC", "NFKC"] = "NFC"
    """Unicode normalization form."""

    invalid_utf8: Literal["drop", "replace"] = "drop"
    """`drop` drops a document with bytes that are not valid UTF-8; `replace` keeps it, with U+FFFD
    in their place."""

    minimum_letters: int = Field(2, ge=0)
    """Drop documents with fewer letters (numbers and signs alone teach nothing)."""

    maximum_bytes: int = Field(10_000_000, gt=0, le=64_000_000)
    """Drop documents (lines) longer than this many bytes of UTF-8."""

    identification: Identification | None = None
    """Drop documents that are in another language. Unset: keep all."""

    deduplicate: bool = True
    """Drop exact repetitions of a text within the corpus."""

    drop_untranslated: bool = True
    """Drop messages that equal the pivot's: catalogs repeat the original of an untranslated
    message."""


class HeldOut(Block):
    """Text for validation and evaluation that training never sees, near-duplicates included."""

    fraction: float = Field(0.05, gt=0, lt=1)
    """Share of the groups (messages, or files of LibreOffice help) that is held out."""

    maximum: int | None = Field(None, gt=0)
    """Hold out at most this many documents."""


class NearDuplicates(Block):
    """Leave near-duplicates out of the training text, by MinHash: texts that share most of their
    n-grams of words. What nearly repeats held-out text is left out first."""

    against: tuple[Name, ...] = ()
    """Other corpora: what nearly repeats their text is left out, too. A held-out document that
    nearly repeats their training text is no longer held out."""

    words: int = Field(5, gt=0)
    """Words of an n-gram; texts with fewer words are never near-duplicates."""

    buckets: int = Field(14, gt=0)
    """Chances that two texts have to meet; more find less similar ones."""

    hashes: int = Field(8, gt=0)
    """Hashes of a bucket, which all must be equal; more find only more similar texts."""


class Corpus(Block):
    """Text of one language, cleaned, deduplicated and split."""

    language: Language
    """Language and script, such as `swh_Latn`."""

    texts: tuple[AnyTextInput, ...] = Field(min_length=1)
    """The texts of the corpus; where two of them repeat each other, the first one keeps the
    text."""

    normalizer: AnyNormalizer = NoNormalizer()
    """How the text is written before anything reads it: `{name: wx}`. What is made from the corpus
    carries it, and labelled sets are written alike when a model reads them. Unset: as it is."""

    pivot: Name | None = None
    """Corpus whose ids this one shares (mostly English). Translations become parallel text, and
    messages that the pivot holds out are held out here, too."""

    cleaning: Cleaning = Cleaning()
    """Cleaning rules."""

    held_out: HeldOut = HeldOut()
    """The held-out part; with a pivot it applies only to texts that the pivot does not have."""

    near_duplicates: NearDuplicates | None = None
    """Leave out texts that nearly repeat each other. Unset: only exact repetitions are dropped, and
    what differs from held-out text in case, digits and signs alone."""

    select: AnySelector | None = None
    """Keep the training text that is nearest to a small sample. Unset: keep all."""

    shards: int = Field(1, ge=1, le=500)
    """Jobs that share the reading and cleaning of the files; the result is the same for any
    number. For corpora of many large files."""

    @property
    def sources(self) -> list[str]:
        """Names of the downloads that the corpus reads."""
        identification = self.cleaning.identification
        models = [identification.source] if identification is not None else []
        sample = self.select.texts if self.select is not None else ()
        return sorted({*(text.source for text in (*self.texts, *sample)), *models})

    @property
    def revision(self) -> int:
        """How often the rules changed by which the text is written."""
        return self.normalizer.revision

    @property
    def compared(self) -> list[str]:
        """Names of the other corpora that decide what is left out of this one."""
        against = self.near_duplicates.against if self.near_duplicates is not None else ()
        sample = self.select.corpus if self.select is not None else None
        return sorted({*against, *([sample] if sample is not None else [])})

    @model_validator(mode="before")
    @classmethod
    def _none_is_unset(cls, content: Any) -> Any:
        """A normalizer that does nothing leaves no trace in what is planned."""
        if isinstance(content, dict) and content.get("normalizer") == {"name": "none"}:
            return {key: value for key, value in content.items() if key != "normalizer"}
        return content

    @model_validator(mode="after")
    def _has_letters_to_normalize(self) -> Self:
        own = self.normalizer
        if own.name != "none" and not own.covers(self.language):
            raise ValueError(
                f"normalizer: {own.name} leaves text of {self.language} as it is; it writes "
                f"{', '.join(own.scripts) or 'all scripts but Latin'}: remove it here"
            )
        return self

    @model_validator(mode="after")
    def _can_be_shared(self) -> Self:
        for text in self.texts if self.shards > 1 else ():
            if not text.can_be_shared:
                raise ValueError(
                    f"shards are for files read whole: the text of source {text.source} is a "
                    "catalog, or has a maximum; set shards to 1"
                )
        return self
