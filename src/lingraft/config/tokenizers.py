"""Tokenizers: trained on corpora, taken from a download, or made from another tokenizer."""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from lingraft.config.base import Block, Name
from lingraft.config.registry import one_of
from lingraft.config.sampled_text import SampledText
from lingraft.config.token_lists import TokenList

_BYTE_WORDS = 517  # five special tokens, and each byte at the beginning of a word and inside


class Separated(Block):
    """What every tokenizer has."""

    separator: str | None = None
    """The token that ends each document when corpora are encoded for training: a role, such as
    `eos`, or a token. Unset: [SEP] or the end of a text; of a chat model, whose end token ends a
    turn, `<|endoftext|>` or `<|end_of_text|>` where it has one."""


class Tokenizer(SampledText, Separated):
    """A tokenizer trained on corpora."""

    algorithm: Literal["unigram", "bpe", "wordpiece", "byte-words"] = "unigram"
    """Unigram in the style of XLM-R, byte-level BPE in the style of GPT-2 and RoBERTa, WordPiece in
    the style of BERT, or words as bytes for the initialization `byte-words`: text is cut into words
    as for WordPiece, and a word is its bytes. There is nothing to learn then; the corpora are what
    its measures are of."""

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

    minimum_frequency: int = Field(2, ge=1)
    """Merges that occur less often are not made (BPE and WordPiece)."""

    maximum_length: int = Field(512, ge=2)
    """Length in tokens to which models cut their input."""

    @model_validator(mode="before")
    @classmethod
    def _size_of_bytes(cls, content: Any) -> Any:
        if isinstance(content, dict) and content.get("algorithm") == "byte-words":
            return {"vocabulary_size": _BYTE_WORDS} | content
        return content

    @model_validator(mode="after")
    def _fits_algorithm(self) -> Self:
        if self.algorithm == "byte-words":
            self._check_byte_words()
        if self.special_tokens_style == "gpt2" and self.algorithm != "bpe":
            raise ValueError("special_tokens_style gpt2 has no unknown token: it needs bpe")
        if self.algorithm == "bpe" and self.vocabulary_size < 300:
            raise ValueError(
                "a byte-level BPE vocabulary needs at least 300 entries: 256 are bytes"
            )
        return self

    def _check_byte_words(self) -> None:
        for name in ("character_coverage", "expression", "minimum_frequency"):
            if name in self.model_fields_set:
                raise ValueError(f"{name} would have no effect with algorithm: byte-words")
        if self.vocabulary_size != _BYTE_WORDS:
            raise ValueError(f"algorithm: byte-words always has {_BYTE_WORDS} entries")


class PretrainedTokenizer(Separated):
    """The vocabulary of a published model, read from a download."""

    algorithm: Literal["pretrained"]
    """Read the tokenizer instead of training one."""

    source: Name
    """Name of the source that was downloaded."""

    path: str = "."
    """Folder inside the download with tokenizer.json, or with SentencePiece's
    sentencepiece.bpe.model in the way of XLM-R or CamemBERT."""


class _Derived(SampledText, Separated):
    """A tokenizer that is made from another one, its base: one of the two names says which."""

    tokenizer: Name | None = None
    """The base, by its name in `tokenizers`."""

    model: Name | None = None
    """The source model whose own tokenizer is the base, by its name in `models`."""

    @model_validator(mode="after")
    def _has_one_base(self) -> Self:
        if (self.tokenizer is None) == (self.model is None):
            raise ValueError("name one base: `tokenizer: <name>` or `model: <name>`")
        return self

    @property
    def base(self) -> tuple[str, str]:
        """Section and name of the base."""
        if self.tokenizer is not None:
            return "tokenizers", self.tokenizer
        return "models", str(self.model)


class ExtendedTokenizer(_Derived):
    """A tokenizer with more tokens. Every old token keeps its id; roles and chat template stay."""

    algorithm: Literal["extend"]
    """Add tokens to a base. BPE goes on merging on top of its own merges (2512.03989); Unigram and
    WordPiece get pieces that are found in the same way."""

    corpora: tuple[Name, ...] = ()
    """Corpora whose training part shows which tokens to add; none where `tokens` lists them all."""

    added: int = Field(0, ge=0, le=1_000_000)
    """Tokens to learn from the corpora; little text may yield fewer."""

    tokens: TokenList = {}
    """Tokens that are added as they are, whatever the text says: tags, attributes, numbers. They
    are found in a text before anything else is, also inside of words. A list, a mapping of tokens
    to descriptions, or the path of a file with lines `token<TAB>description`, which the
    `descriptions` of `fvt` reads, too."""

    minimum_frequency: int = Field(2, ge=1)
    """Pairs that occur less often are not merged."""

    @model_validator(mode="after")
    def _adds_something(self) -> Self:
        if bool(self.corpora) != bool(self.added):
            raise ValueError("corpora and added go together: text, and how many tokens it gives")
        if not self.added and not self.tokens:
            raise ValueError("nothing is added: give corpora and added, or tokens")
        return self

    def asked_for(self, base: int | None) -> int | None:
        """Entries that are wanted; None for a base of unknown size."""
        return None if base is None else base + self.added + len(self.tokens)


class PrunedTokenizer(_Derived):
    """A tokenizer with fewer tokens: those that the text of some corpora uses least are gone."""

    algorithm: Literal["prune"]
    """Take tokens away from a base. Special and added tokens, bytes and characters stay, and with
    BPE every token that the merges of a kept one need."""

    vocabulary_size: int | None = Field(None, ge=32)
    """Entries to keep, special tokens included."""

    minimum_count: int | None = Field(None, ge=1)
    """Keep the tokens that occur at least so often in the sample, instead of a number of them."""

    held_out: bool = False
    """Count the corpora's held-out text, too: with `minimum_count: 1` it is cut as before, and so a
    model says the same of it. How other text fares is then not seen on it."""

    @model_validator(mode="after")
    def _has_one_measure(self) -> Self:
        if (self.vocabulary_size is None) == (self.minimum_count is None):
            raise ValueError("give one of vocabulary_size and minimum_count")
        return self

    def asked_for(self, base: int | None) -> int | None:
        """Entries that are wanted, of a base of any size; None where text decides."""
        return self.vocabulary_size


class KeptTokenizer(Separated):
    """The own tokenizer of a source model, as it is: the twin beside extended and new ones."""

    algorithm: Literal["keep"]
    """Take the tokenizer of a model."""

    model: Name
    """The source model, by its name in `models`."""

    @property
    def base(self) -> tuple[str, str]:
        """Section and name of what it is taken from."""
        return "models", self.model

    @property
    def corpora(self) -> tuple[Name, ...]:
        """No text decides about it."""
        return ()

    def asked_for(self, base: int | None) -> int | None:
        """None: the entries of the base."""
        return None


DerivedTokenizer = ExtendedTokenizer | PrunedTokenizer | KeptTokenizer

if TYPE_CHECKING:
    Vocabulary = Tokenizer | PretrainedTokenizer | DerivedTokenizer
else:
    Vocabulary = one_of(
        {
            **dict.fromkeys(("unigram", "bpe", "wordpiece", "byte-words"), Tokenizer),
            "pretrained": PretrainedTokenizer,
            "extend": ExtendedTokenizer,
            "prune": PrunedTokenizer,
            "keep": KeptTokenizer,
        },
        "algorithm",
        "unigram",
    )
