"""Corpora and the tokenizers trained on them."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from lingraft.config.base import Block, Language, Name
from lingraft.config.sources import Pattern

_Locale = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]+)*$")]
_Namespace = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")]


class CatalogInput(Block):
    """Translated messages of a program: the same id is the same message in every language."""

    source: Name
    """Name of the source that was downloaded."""

    format: Literal["chromium", "libreoffice-help", "mediawiki"]
    """Format of the catalog."""

    locale: _Locale
    """Language code as the package spells it, such as `zh-CN`, `sw` or `zh-hans`."""


class FilesInput(Block):
    """Options of every format that reads files."""

    source: Name
    """Name of the source that was downloaded."""

    files: Pattern | None = None
    """Shell pattern of the files to read, relative to the download. Unset: all files of the
    format."""

    namespace: _Namespace | None = None
    """First part of the ids of documents that have no id. Documents of two languages with the same
    namespace and number count as translations of each other. Unset: the name of the source."""

    maximum: int | None = Field(None, gt=0)
    """Read at most this many documents."""

    maximum_bytes: int | None = Field(None, gt=0)
    """Read documents until they have this many bytes of UTF-8."""


class PlainTextInput(FilesInput):
    """Plain text, also compressed with gzip, xz or zstd."""

    format: Literal["text"]
    """Format of the files."""

    unit: Literal["line", "paragraph", "file"] = "line"
    """What one document is; paragraphs are separated by empty lines."""


class JsonLinesInput(FilesInput):
    """JSON lines, also compressed with gzip, xz or zstd."""

    format: Literal["jsonl"]
    """Format of the files."""

    text_field: str = "text"
    """Key of the text."""

    id_field: str | None = None
    """Key of the document's id; the same id in two languages is the same message."""


class DatasetInput(FilesInput):
    """A dataset in the layouts of the Hugging Face hub: Parquet, JSON, CSV, Arrow or text."""

    format: Literal["dataset"]
    """Format of the files."""

    configuration: str | None = None
    """Name of the dataset's configuration (subset), where its README.md lists several."""

    split: str = "train"
    """Split to read."""

    text_field: str = "text"
    """Column of the text; dots lead into nested columns, as in `translation.de`."""

    id_field: str | None = None
    """Column of the document's id; the same id in two languages is the same message."""


TextInput = Annotated[
    CatalogInput | PlainTextInput | JsonLinesInput | DatasetInput, Field(discriminator="format")
]


class Identification(Block):
    """A fastText model that tells languages apart, such as GlotLID or lid.176."""

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
    """Drop messages that equal the pivot's: catalogs repeat the original where none translated."""


class HeldOut(Block):
    """Text for validation and evaluation that training never sees, near-duplicates included."""

    fraction: float = Field(0.05, gt=0, lt=1)
    """Share of the groups (messages, or files of LibreOffice help) that is held out."""

    maximum: int | None = Field(None, gt=0)
    """Hold out at most this many documents."""


class Corpus(Block):
    """Text of one language, cleaned, deduplicated and split."""

    language: Language
    """Language and script, such as `swh_Latn`."""

    texts: tuple[TextInput, ...] = Field(min_length=1)
    """The texts of the corpus; where two of them repeat each other, the first one keeps the
    text."""

    pivot: Name | None = None
    """Corpus whose ids this one shares (mostly English). Translations become parallel text, and
    messages that the pivot holds out are held out here, too."""

    cleaning: Cleaning = Cleaning()
    """Cleaning rules."""

    held_out: HeldOut = HeldOut()
    """The held-out part; with a pivot it applies only to texts that the pivot does not have."""

    shards: int = Field(1, ge=1, le=500)
    """Jobs that share the reading and cleaning of the files; the result is the same for any
    number. For corpora of many large files."""

    @property
    def sources(self) -> list[str]:
        """Names of the downloads that the corpus reads."""
        identification = self.cleaning.identification
        models = [identification.source] if identification is not None else []
        return sorted({*(text.source for text in self.texts), *models})

    @model_validator(mode="after")
    def _can_be_shared(self) -> Self:
        for text in self.texts if self.shards > 1 else ():
            limits = getattr(text, "maximum", None), getattr(text, "maximum_bytes", None)
            if isinstance(text, CatalogInput) or limits != (None, None):
                raise ValueError(
                    f"shards are for files read whole: the text of source {text.source} is a "
                    "catalog, or has a maximum; set shards to 1"
                )
        return self


class Tokenizer(Block):
    """A tokenizer trained on corpora."""

    corpora: tuple[Name, ...] = Field(min_length=1)
    """Corpora whose training part it is trained on."""

    algorithm: Literal["unigram", "bpe", "wordpiece"] = "unigram"
    """Unigram in the style of XLM-R, byte-level BPE in the style of GPT-2 and RoBERTa, or
    WordPiece in the style of BERT."""

    vocabulary_size: int = Field(8000, ge=32, le=2_000_000)
    """Entries to aim for, special tokens included; little text may yield fewer."""

    special_tokens_style: Literal["auto", "bert", "roberta", "gpt2"] = "auto"
    """Names of the special tokens: `bert` is [CLS] [SEP] [UNK] [PAD] [MASK], `roberta` is
    <s> </s> <unk> <pad> <mask>, `gpt2` is <|endoftext|> alone, for models that predict the next
    token (byte-level BPE only); `auto` is `bert` for WordPiece and `roberta` for the others."""

    lowercase: bool = False
    """Lower-case the text, as uncased models do."""

    strip_accents: bool = False
    """Remove accents, as uncased BERT models do."""

    character_coverage: float = Field(0.9999, gt=0.9, le=1)
    """Share of the characters that the alphabet covers (Unigram and WordPiece); the rarest ones
    become the unknown token. Byte-level BPE covers everything."""

    expression: Literal["marks", "gpt2"] = "marks"
    """Where byte-level BPE cuts text before it merges: `marks` leaves combining marks and joiners
    with their letters, so that words of Hindi, Thai, Khmer or Burmese can be one token; `gpt2` is
    GPT-2's and RoBERTa's own expression, which cuts before each mark."""

    maximum_bytes: int = Field(2_000_000_000, gt=0)
    """Train on a deterministic sample of at most this many bytes, shared out among the corpora."""

    temperature: float = Field(1.0, gt=0, le=1)
    """Exponent of the corpora's sizes when a sample is shared out: 1 is proportional, less favors
    small corpora (XLM-R used 0.3)."""

    minimum_frequency: int = Field(2, ge=1)
    """Merges that occur less often are not made (BPE and WordPiece)."""

    maximum_length: int = Field(512, ge=2)
    """Length in tokens to which models cut their input."""

    @model_validator(mode="after")
    def _fits_algorithm(self) -> Self:
        if self.special_tokens_style == "gpt2" and self.algorithm != "bpe":
            raise ValueError("special_tokens_style gpt2 has no unknown token: it needs bpe")
        if self.algorithm == "bpe" and self.vocabulary_size < 300:
            raise ValueError(
                "a byte-level BPE vocabulary needs at least 300 entries: 256 are bytes"
            )
        return self


class PretrainedTokenizer(Block):
    """The vocabulary of a published model, read from a download."""

    algorithm: Literal["pretrained"]
    """Read the tokenizer instead of training one."""

    source: Name
    """Name of the source that was downloaded."""

    path: str = "."
    """Folder inside the download with tokenizer.json, or with SentencePiece's
    sentencepiece.bpe.model in the way of XLM-R or CamemBERT."""


def _algorithm(value: Any) -> str:
    given = value.get("algorithm") if isinstance(value, dict) else value.algorithm
    return "pretrained" if given == "pretrained" else "unigram"


Vocabulary = Annotated[
    Annotated[Tokenizer, Tag("unigram")] | Annotated[PretrainedTokenizer, Tag("pretrained")],
    Discriminator(_algorithm),
]
