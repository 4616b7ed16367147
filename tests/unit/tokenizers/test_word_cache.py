"""Joined words have the ids of the whole text, or the whole text is encoded."""

import io
import random
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from lingraft.config.tokenizers import Tokenizer as Settings
from lingraft.tokenizers import word_cache
from lingraft.tokenizers.locality import cuts_at_spaces
from lingraft.tokenizers.sentencepiece_model import read_sentencepiece
from lingraft.tokenizers.training import train_tokenizer
from lingraft.tokenizers.word_cache import WordCache, encode_whole

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
    "llama3": lambda: bpe(None, *split(LLAMA3)),
    "qwen": lambda: bpe(normalizers.NFC(), *split(QWEN)),
    "modernbert": lambda: bpe(normalizers.NFC(), BYTES, added=ADDED),
    "bert": lambda: bpe(normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()),
    "whitespace": lambda: bpe(normalizers.NFKD(), pre_tokenizers.Whitespace()),
}


@pytest.fixture(scope="module")
def backend(request: pytest.FixtureRequest) -> Tokenizer:
    made: Tokenizer = request.param()
    made.encode_special_tokens = True
    return made


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the tokenizer itself was given."""
    seen: list[str] = []

    def watched(backend: Tokenizer, texts: list[str]) -> list[bytes]:
        seen.extend(texts)
        return encode_whole(backend, texts)

    monkeypatch.setattr(word_cache, "encode_whole", watched)
    return seen


@pytest.mark.parametrize("backend", KNOWN.values(), ids=KNOWN.keys(), indirect=True)
class TestIdsAreThoseOfTheWholeText:
    def test_of_many_texts(self, backend: Tokenizer, whole: list[str]) -> None:
        assert cuts_at_spaces(backend)
        cache = WordCache(backend)
        encoded = [
            ids for begin in range(0, 4000, 500) for ids in cache.encode(TEXTS[begin : begin + 500])
        ]
        wrong = [
            text
            for text, ids, same in zip(TEXTS, encoded, encode_whole(backend, TEXTS), strict=True)
            if ids != same
        ]
        assert not wrong
        assert len(set(whole).intersection(TEXTS)) < 3000  # or nothing was tested

    @settings(max_examples=100, derandomize=True)
    @given(words=st.lists(st.text(max_size=6) | st.sampled_from(WORDS), min_size=1, max_size=6))
    def test_of_any_text(self, backend: Tokenizer, words: list[str]) -> None:
        texts = [" ".join(words), "mkate ".join(words), " a ".join(words)]
        assert WordCache(backend).encode(texts) == encode_whole(backend, texts)


def test_a_character_map_may_take_a_space_along(character_map: Callable[[str], Any]) -> None:
    backend = bpe(character_map("600\t78"), BYTES)  # an Arabic number sign, and what follows it
    text = "c a\u0600 b"
    assert cuts_at_spaces(backend)
    assert WordCache(backend).encode([text]) == encode_whole(backend, [text])


@pytest.mark.parametrize("backend", [KNOWN["our bpe"]], ids=["our bpe"], indirect=True)
class TestWhatIsEncoded:
    def test_each_word_once(self, backend: Tokenizer, whole: list[str]) -> None:
        cache = WordCache(backend)
        for _ in range(3):
            cache.encode(["mkate ya chai", "chai ya mkate"])
        assert sorted(whole) == [" chai", " mkate", " ya", "chai", "mkate"]

    def test_sentences_without_spaces_are_not_kept(self, backend: Tokenizer) -> None:
        cache = WordCache(backend)
        cache.encode(["文字文字文字文字文字文字文字 文字", "文字"])
        assert not cache._ids

    def test_it_forgets_before_it_grows_too_large(
        self, backend: Tokenizer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(word_cache, "_LIMIT", 2000)
        cache = WordCache(backend)
        texts = [f"{n} mkate {n * n}" for n in range(300)]
        for text in texts:
            assert cache.encode([text]) == encode_whole(backend, [text])
        assert len(cache._ids) < 100

    def test_it_gives_up_where_no_word_comes_again(
        self, backend: Tokenizer, whole: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(word_cache, "_TRIAL", 100)
        cache = WordCache(backend)
        numbers = [f"{n} {n + 1000} {n + 2000}" for n in range(50)]
        cache.encode(numbers)
        assert not set(whole) & set(numbers)
        assert cache.encode(["mkate ya chai"]) == encode_whole(backend, ["mkate ya chai"])
        assert whole[-1] == "mkate ya chai"
