"""gigatoken gives the ids of the tokenizer for any text, or the tokenizer is refused."""

import subprocess
import sys
import unicodedata
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tokenizers_of_kinds import KINDS, tokenizer_of
from tests.unit.tokenizers.cutting import BYTES, KNOWN, LLAMA3, QWEN, TEXTS, WORDS, bpe, own, split
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from lingraft.tokenizers.engines import gigatoken
from lingraft.tokenizers.engines.alphabet import COMPOSES, PLANES, STRANGE, Alphabet
from lingraft.tokenizers.engines.engine import Disagreement, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.gigatoken import Gigatoken
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.spelling import CHARACTER_OF_BYTE

pytest.importorskip("gigatoken")

PREFIXED = pre_tokenizers.ByteLevel()
SUITED: dict[str, Callable[[], Tokenizer]] = {
    "our bpe": KNOWN["our bpe"],
    "our bpe, cut as gpt2 does": KNOWN["our bpe, cut as gpt2 does"],
    "our bpe in lower case": KNOWN["our bpe in lower case"],
    "our bpe without accents": lambda: own("bpe", strip_accents=True),
    "gpt2": KNOWN["gpt2"],
    "gpt2 with a space before": KNOWN["gpt2 with a space before"],
    "smollm": KNOWN["smollm"],
    "llama3": KNOWN["llama3"],
    "qwen": KNOWN["qwen"],
    "specials behind": lambda: tokenizer_of("specials-behind", TEXTS),
    "a normalizer that writes letters": lambda: bpe(
        normalizers.Replace("a", "\u0301 \ua7ce"), BYTES
    ),
    "stripped": lambda: bpe(
        normalizers.Sequence([normalizers.Strip(), normalizers.NFD()]), PREFIXED
    ),
    "prepended": lambda: bpe(normalizers.Prepend("x "), PREFIXED),
}
# Besides what `WORDS` has: what cuts may look at, in all combinations.
PIECES = [
    *WORDS, "a", "B", "é", "e\u0301", "\u0301", "1", "²", "Ⅷ", "'S", "'ve", "\r", "\n\n", "  ",
    "\t", "\x00", "\x85", "\u180e", "\u3000", "\ufeff", "\u0345", "ǅ", "ª", "\U0001f600",
    "\U00020000", "\U0001d400", "\ua7ce", "\U00010940", "\U0010ffff", "\ue000",
    "<s>", "<unk>", "</s>", "_", "¿",
]  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)


@pytest.fixture(scope="module", params=SUITED.values(), ids=SUITED.keys())
def backend(request: pytest.FixtureRequest) -> Tokenizer:
    made: Tokenizer = request.param()
    made.encode_special_tokens = True
    return made


@pytest.fixture(scope="module")
def engine(backend: Tokenizer) -> Gigatoken:
    return Gigatoken(backend)


def ids(engine: EncodingEngine, texts: list[str]) -> list[bytes]:
    return engine.encode(texts).documents()


class TestIdsAreThoseOfTheTokenizer:
    def test_of_many_texts(self, backend: Tokenizer, engine: Gigatoken) -> None:
        assert ids(engine, TEXTS) == ids(Whole(backend), TEXTS)

    @settings(max_examples=150, derandomize=True)
    @given(texts=st.lists(HOSTILE, min_size=1, max_size=4))
    def test_of_any_texts(self, backend: Tokenizer, engine: Gigatoken, texts: list[str]) -> None:
        assert ids(engine, texts) == ids(Whole(backend), texts)

    def test_of_very_long_lines(self, backend: Tokenizer, engine: Gigatoken) -> None:
        texts = ["a" * 50_000, "ab " * 20_000, "\n" * 5000, " " * 5000, "中文" * 5000, "é1" * 5000]
        assert ids(engine, texts) == ids(Whole(backend), texts)

    def test_of_what_the_normalizer_empties(self, backend: Tokenizer, engine: Gigatoken) -> None:
        texts = ["", " ", "\u0301", "\t"]
        assert ids(engine, texts) == ids(Whole(backend), texts)


def read_by_the_library(engine: Gigatoken, texts: list[str]) -> list[str]:
    """The texts that are not given to another engine."""
    _, kinds = engine._written(texts)
    return [text for text, kind in zip(texts, kinds.any_D, strict=True) if not kind & STRANGE]


class Marked:
    """BPE whose merges join each character to its neighbors, so that every cut is seen."""

    def __init__(self, *cutters: Any) -> None:
        letter = [CHARACTER_OF_BYTE[byte] for byte in range(256)]
        neighbors = [ord(character) for character in "a1.'\n\r\t "]
        lead, trail = range(0xC2, 0xF5), range(0x80, 0xC0)
        pairs = [(one, two) for one in neighbors for two in lead]
        pairs += [(one, two) for one in trail for two in (*neighbors, *lead)]
        merges = [(letter[one], letter[two]) for one, two in pairs]
        tokens = dict.fromkeys([*letter, *map("".join, merges)])
        vocabulary = {token: index for index, token in enumerate(tokens)}
        self.backend = Tokenizer(models.BPE(vocabulary, merges))
        self.backend.pre_tokenizer = pre_tokenizers.Sequence(list(cutters))


@pytest.mark.parametrize(
    ("cutters", "has_marks", "has_numbers"),
    [
        ([BYTES], True, True),
        ([pre_tokenizers.Digits(individual_digits=True), BYTES], True, False),
        (split(LLAMA3), True, True),
        (split(QWEN), True, True),
        (list(own("bpe").pre_tokenizer), False, True),
    ],
    ids=["gpt2", "smollm", "llama3", "qwen", "marks"],
)
def test_each_character_of_the_alphabet_is_cut_alike(
    cutters: list[Any], has_marks: bool, has_numbers: bool
) -> None:
    """The reason why `alphabet` may be what it is; ideographs and syllables by samples."""
    backend = Marked(*cutters).backend
    alphabet = Alphabet(has_marks, has_numbers)
    starts_and_ends = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0xE000, 0xF900), (0x20000, 0x30000))
    many = [range(*each) for each in starts_and_ends]
    chosen = [
        character
        for number, character in enumerate(filter(alphabet.has, map(chr, chain(*PLANES))))
        if number % 97 == 0 or not any(ord(character) in plane for plane in many)
    ]
    texts = [f"a{c}a1{c}1.{c}.{c}{c} {c} \n{c}\n'{c}" for c in chosen]
    engine = Gigatoken(backend)
    assert read_by_the_library(engine, texts) == texts
    assert ids(engine, texts) == ids(Whole(backend), texts)


def test_nfc_leaves_all_other_characters_as_they_are() -> None:
    """What composes with a character before it is among those that may, and what decomposes."""
    everything = [chr(code) for code in chain(*PLANES) if not 0xD800 <= code < 0xE000]
    kinds_N = Alphabet(True, True).kinds(everything).any_D
    inert = {one for one, kind in zip(everything, kinds_N, strict=True) if not kind & COMPOSES}
    parts = [unicodedata.decomposition(one).split() for one in map(chr, range(0x110000))]
    seconds = {chr(int(pair[1], 16)) for pair in parts if len(pair) == 2 and pair[0][0] != "<"}
    assert not inert & seconds
    assert not any(0x1160 <= ord(one) < 0x1200 for one in inert)  # later parts of Hangul syllables
    assert {"a", "é", "中", "한", "\u3000", "ไ", "\u200d"} <= inert
    for one in inert:
        assert unicodedata.combining(one) == 0
        assert normalizers.NFC().normalize_str(f"a{one}{one}") == f"a{one}{one}"


def test_other_characters_go_elsewhere() -> None:
    engine = Gigatoken(KNOWN["our bpe"]())
    plain = ["a b", "é", "中文", "\U0001f600", "ไ", "\u200d"[:0]]
    odd = ["क्षत्रिय", "\u200d", "\ua7ce", "\U0010ffff", "\ue000\u0301", "น้ำ", "\ud800"]
    assert read_by_the_library(engine, plain + odd) == plain


def test_it_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = KNOWN["gpt2"]()
    engine = Gigatoken(backend)
    monkeypatch.setattr(gigatoken, "_FORGET", 10)
    first, before = ids(engine, TEXTS[:50]), engine._library
    assert ids(engine, TEXTS[:50]) == first
    assert engine._library is not before


def test_a_library_that_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        """What the library raises is not an Exception."""

    class Broken:
        def encode(self, text: str) -> Any:
            if "b" in text:
                raise PanicException("index out of bounds")
            return np.zeros(1, np.uint32)

    engine = Gigatoken(KNOWN["gpt2"]())
    monkeypatch.setattr(engine, "_library", Broken())
    with pytest.raises(Disagreement, match=r"is not taken.* the text 'a'"):
        engine.encode(["a", "b", "c"])


def changed(**options: Any) -> Tokenizer:
    """A tokenizer that would be taken, but for one option of its model."""
    backend = bpe(None, BYTES)
    for name, value in options.items():
        setattr(backend.model, name, value)
    return backend


def with_merges(merges: list[tuple[str, str]], *more: str, without: str = "") -> Tokenizer:
    letters = [letter for letter in CHARACTER_OF_BYTE.values() if letter != without]
    tokens = dict.fromkeys([*letters, *more, *map("".join, merges)])
    backend = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    backend.pre_tokenizer = BYTES
    return backend


def with_template(template: str) -> Tokenizer:
    backend = changed()
    backend.post_processor = processors.TemplateProcessing(
        single=template, pair="$A $B", special_tokens=[]
    )
    return backend


def unknown_expression() -> Tokenizer:
    return bpe(None, *split(Regex(r"\w+|\W+")))


REFUSED: dict[str, tuple[Callable[[], Tokenizer], str]] = {
    "dropout": (lambda: changed(dropout=0.1), "dropout"),
    "whole words first": (lambda: changed(ignore_merges=True), "ignore_merges"),
    "a sign inside of words": (lambda: changed(continuing_subword_prefix="##"), "continuing"),
    "a sign at the end of words": (lambda: changed(end_of_word_suffix="</w>"), "end_of_word"),
    "bytes as a last resort": (lambda: changed(byte_fallback=True), "byte_fallback"),
    "sentencepiece": (lambda: tokenizer_of("sentencepiece-bpe", TEXTS), "pre-tokenizer"),
    "unigram": (KNOWN["our unigram"], "pre-tokenizer"),
    "wordpiece": (KNOWN["our wordpiece"], "pre-tokenizer"),
    "another expression": (unknown_expression, "pre-tokenizer"),
    "numbers apart": (KNOWN["numbers apart"], "pre-tokenizer"),
    "no pre-tokenizer": (lambda: bpe(None), "pre-tokenizer"),
    "added tokens": (lambda: bpe(None, BYTES, added=(AddedToken("   "),)), "added tokens"),
    "the text twice": (lambda: with_template("$A $A"), "post-processor"),
    "a token by two merges": (
        lambda: with_merges([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc")]), "out of order",
    ),
    "a merge of what comes later": (
        lambda: with_merges([("ab", "c"), ("a", "b")], "ab"), "out of order",
    ),
    "a byte is missing": (lambda: with_merges([], without="Ġ"), "no 'Ġ'"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_tokenizers_that_are_refused(make: Callable[[], Tokenizer], reason: str) -> None:
    with pytest.raises(Unsuited, match=reason):
        Gigatoken(make())


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_is_followed_wrongly(kind: str) -> None:
    backend = tokenizer_of(kind, TEXTS)
    backend.encode_special_tokens = True
    try:
        engine = Gigatoken(backend)
    except Unsuited:
        return
    assert ids(engine, TEXTS) == ids(Whole(backend), TEXTS)


def test_versions_that_nobody_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gigatoken, "COMPARED", frozenset({("0.9.0", "0.23.3")}))
    with pytest.raises(Unsuited, match="was not compared"):
        Gigatoken(changed())


def test_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(gigatoken, "version", missing)
    with pytest.raises(Unsuited, match="not installed"):
        Gigatoken(changed())


def test_arrays_of_arrays_are_not_imported() -> None:
    """The library imports awkward for what we do not use; it takes a third of a second."""
    code = (
        "import sys; from tokenizers import Tokenizer; "
        "from lingraft.tokenizers.engines.gigatoken import Gigatoken; "
        "Gigatoken(Tokenizer.from_str(sys.stdin.read())).encode(['a']); "
        "print('awkward' in sys.modules)"
    )
    command = [sys.executable, "-c", code]
    text = changed().to_str()
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
