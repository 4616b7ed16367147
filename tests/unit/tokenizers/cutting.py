"""Tokenizers of many kinds that cut a text at its spaces, and texts to try them with."""

import io
import random
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.tokenizers.sentencepiece_model import read_sentencepiece
from lingraft.tokenizers.training import train_tokenizer

# What a normalizer or an expression could take for a space, join with one, or look ahead for.
ODD = [
    "\n", "\t", "\r\n", "\u00a0", "\u2028", "\u3000", "\u200b", "\u200d", "\u0085", "\x1c", "\0",
    "\u0301", "\u00b4", "\u037a", "\ufc5e", "\ufdfa", "\u0600", "ﬃ", "½", "Σ", "ς", "İ", "ﾞ",
    "中", "文字", "ไทย", "ไ", "한", "\u1112\u1161", "▁", "##", "'", "'s", "'LL", "12", "3456", ".",
    "\u093f", "क्षत्रिय", "น้ำ", "क्\u200dष", "می\u200cخواهم", "\u200c", "१२", "❤\ufe0f",
    "...", "—", "😀", "👩\u200d👧", "[MASK]", "</s>", "<pad>", "NEW", "YORK",
]  # fmt: skip
PLAIN = ["mkate", "chai", "Habari", "ya", "a", "é", "don't", "straße"]
WORDS = PLAIN + ODD
SPACES = [" "] * 30 + ["", "  ", "   ", "\n", " \n", "\n "]
LLAMA3 = Regex(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = Regex(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def some_texts(count: int) -> list[str]:
    """Mostly plain words with single spaces; here and there something odd."""
    generator = random.Random(0)

    def word() -> str:
        odd = "".join(generator.choices(WORDS, k=generator.randint(1, 2)))
        return odd if generator.random() < 0.15 else generator.choice(PLAIN)

    def text() -> str:
        parts = (word() + generator.choice(SPACES) for _ in range(generator.randint(1, 10)))
        return "".join(parts).rstrip(" " if generator.random() < 0.9 else "")

    return [text() for _ in range(count)]


TEXTS = some_texts(4000)


def bpe(normalizer: Any, *cutters: Any, added: tuple[Any, ...] = (), **model: Any) -> Tokenizer:
    backend = Tokenizer(models.BPE(unk_token="<unk>", **model))
    if normalizer:
        backend.normalizer = normalizer
    if cutters:
        backend.pre_tokenizer = pre_tokenizers.Sequence(list(cutters))
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=["<unk>", "<pad>", "</s>", "[MASK]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(TEXTS, trainer)
    backend.add_tokens(list(added))
    return backend


def own(algorithm: str, **options: Any) -> Tokenizer:
    block = {"corpora": ["x"], "algorithm": algorithm, "vocabulary_size": 700}
    return train_tokenizer(TEXTS, Settings.model_validate(block | options))


@lru_cache
def sentencepiece_model() -> bytes:
    stream = io.BytesIO()
    lines = [line for text in TEXTS for line in text.replace("\0", "").split("\n") if line]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=stream, vocab_size=300, minloglevel=2,
        hard_vocab_limit=False,
    )  # fmt: skip
    return stream.getvalue()


def published(*cutters: Any) -> Tokenizer:
    """Unigram with SentencePiece's own character map, as we convert it or cut as given."""
    with tempfile.NamedTemporaryFile(suffix=".model") as file:
        file.write(sentencepiece_model())
        file.flush()
        backend: Tokenizer = read_sentencepiece(Path(file.name)).backend_tokenizer
    if cutters:
        backend.normalizer = normalizers.Sequence([backend.normalizer[0]])
        backend.pre_tokenizer = pre_tokenizers.Sequence(list(cutters))
    return backend


def split(expression: Regex) -> list[Any]:
    by_expression = pre_tokenizers.Split(expression, "isolated")
    return [by_expression, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]


BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False)
METASPACE = pre_tokenizers.Metaspace()
FIRST = pre_tokenizers.Metaspace(prepend_scheme="first")
ADDED = tuple(AddedToken(text) for text in ("   ", "\n\n", "NEW", "YORK"))

KNOWN: dict[str, Callable[[], Tokenizer]] = {
    "our unigram": lambda: own("unigram"),
    "our bpe": lambda: own("bpe"),
    "our bpe, cut as gpt2 does": lambda: own("bpe", expression="gpt2"),
    "our bpe in lower case": lambda: own("bpe", lowercase=True),
    "our wordpiece": lambda: own("wordpiece"),
    "our wordpiece without accents": lambda: own("wordpiece", strip_accents=True),
    "sentencepiece": published,
    "xlm-r": lambda: published(pre_tokenizers.WhitespaceSplit(), METASPACE),
    "metaspace alone": lambda: published(METASPACE),
    "metaspace at the start": lambda: published(FIRST),
    "gpt2": lambda: bpe(None, BYTES),
    "gpt2 with a space before": lambda: bpe(normalizers.NFKC(), pre_tokenizers.ByteLevel()),
    "smollm": lambda: bpe(None, pre_tokenizers.Digits(individual_digits=True), BYTES),
    "numbers apart": lambda: bpe(normalizers.NFC(), pre_tokenizers.Digits(), BYTES),
    "llama3": lambda: bpe(None, *split(LLAMA3)),
    "qwen": lambda: bpe(normalizers.NFC(), *split(QWEN)),
    "modernbert": lambda: bpe(normalizers.NFC(), BYTES, added=ADDED),
    "bert": lambda: bpe(normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()),
    "whitespace": lambda: bpe(normalizers.NFKD(), pre_tokenizers.Whitespace()),
}
