"""The families of tokenizers: special tokens by role, and how text is normalized and cut.

Each follows a published family: XLM-R (Unigram), RoBERTa and GPT-2 (byte-level BPE), BERT
(WordPiece, and words as bytes).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    normalizers,
    pre_tokenizers,
    processors,
)

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.tokenizers.byte_words import cut_into_words, join_words
from lingraft.tokenizers.expressions import SPACE, UNSEEN, bytes_within_words

# Score of what a Unigram model must not find in a text, such as the name of a special token.
NEVER = -1e6


@dataclass(frozen=True)
class SpecialTokens:
    """Special tokens in the order of their ids, by role, and what surrounds one text or two."""

    tokens: tuple[str, ...]
    roles: Mapping[str, str]  # as transformers calls them: bos_token, ..., mask_token
    single: str | None = None  # template of tokenizers.processors.TemplateProcessing
    pair: str | None = None
    has_token_types: bool = False

    def added(self) -> list[AddedToken]:
        """As entries of a vocabulary; a mask swallows the space before it, as in RoBERTa."""
        return [
            AddedToken(token, lstrip=token.startswith("<mask"), normalized=False, special=True)
            for token in self.tokens
        ]


STYLES: Mapping[str, SpecialTokens] = {
    "roberta": SpecialTokens(
        tokens=("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
        roles={
            "bos_token": "<s>",
            "eos_token": "</s>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
    ),
    "bert": SpecialTokens(
        tokens=("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        roles={
            "unk_token": "[UNK]",
            "pad_token": "[PAD]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "mask_token": "[MASK]",
        },
        single="[CLS] $A [SEP]",
        # `:1` is the token type of the second text.
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        has_token_types=True,
    ),
    "gpt2": SpecialTokens(
        tokens=("<|endoftext|>",),
        roles={
            "bos_token": "<|endoftext|>",
            "eos_token": "<|endoftext|>",
            "unk_token": "<|endoftext|>",
            "pad_token": "<|endoftext|>",
        },
    ),
}


def special_tokens(settings: Settings) -> SpecialTokens:
    """The special tokens that the settings ask for."""
    style = settings.special_tokens_style
    if style == "auto":
        style = "bert" if settings.algorithm == "wordpiece" else "roberta"
    return STYLES[style]


def normalizer(settings: Settings) -> Any:
    """How text is brought to its normal form before it is cut."""
    if settings.algorithm in ("wordpiece", "byte-words"):
        # clean_text would delete the joiners U+200C and U+200D, too: UNSEEN cleans without them.
        bert = normalizers.BertNormalizer(
            clean_text=False,
            handle_chinese_chars=True,
            strip_accents=settings.strip_accents,
            lowercase=settings.lowercase,
        )
        cleaning = [
            normalizers.Replace(Regex(UNSEEN), ""),
            normalizers.Replace(Regex(SPACE), " "),
        ]
        return normalizers.Sequence([normalizers.NFC(), *cleaning, bert])
    steps: list[Any] = [normalizers.NFC()]
    if settings.strip_accents:
        # StripAccents removes combining marks only, so NFD separates letters and marks first.
        steps += [normalizers.NFD(), normalizers.StripAccents(), normalizers.NFC()]
    if settings.lowercase:
        steps.append(normalizers.Lowercase())
    if settings.algorithm == "unigram":
        # Like SentencePiece: compatibility forms fold, runs of spaces do not count.
        steps[0] = normalizers.NFKC()
        steps += [normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    return normalizers.Sequence(steps)


def equip(tokenizer: Tokenizer, settings: Settings) -> None:
    """Set everything but the model: normalizer, cutting, special tokens, template, decoder."""
    tokenizer.normalizer = normalizer(settings)
    if settings.algorithm == "unigram":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
    elif settings.algorithm == "bpe":
        tokenizer.pre_tokenizer = bytes_within_words(settings.expression)
        tokenizer.decoder = decoders.ByteLevel()
    elif settings.algorithm == "byte-words":
        tokenizer.pre_tokenizer, tokenizer.decoder = cut_into_words(), join_words()
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
    specials = special_tokens(settings)
    tokenizer.add_special_tokens(specials.added())
    if specials.single is not None:
        ids = [(token, tokenizer.token_to_id(token)) for token in specials.tokens]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=specials.single, pair=specials.pair, special_tokens=ids
        )
