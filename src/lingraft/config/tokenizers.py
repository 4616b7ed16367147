"""Tokenizers: trained on corpora, or taken from a download."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from lingraft.config.base import Block, Name


class Separated(Block):
    """What every tokenizer has."""

    separator: str | None = None
    """The token that ends each document when corpora are encoded for training: a role, such as
    `eos`, or a token. Unset: [SEP] or the end of a text; of a chat model, whose end token ends a
    turn, `<|endoftext|>` or `<|end_of_text|>` where it has one."""


class Tokenizer(Separated):
    """A tokenizer trained on corpora."""

    corpora: tuple[Name, ...] = Field(min_length=1)
    """Corpora whose training part it is trained on."""

    algorithm: Literal["unigram", "bpe", "wordpiece"] = "unigram"
    """Unigram in the style of XLM-R, byte-level BPE in the style of GPT-2 and RoBERTa, or
    WordPiece in the style of BERT."""

    vocabulary_size: int = Field(8000, ge=32, le=2_000_000)
    """Entries to aim for, special tokens included; little text may yield fewer."""

    special_tokens_style: Literal["auto", "bert", "roberta", "gpt2"] = "auto"
    """Names of the special tokens. `bert`: [CLS] [SEP] [UNK] [PAD] [MASK]; `roberta`: <s> </s>
    <unk> <pad> <mask>; `gpt2`: <|endoftext|> alone, for models that predict the next token
    (byte-level BPE only); `auto`: `bert` for WordPiece and `roberta` for the others."""

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


class PretrainedTokenizer(Separated):
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
