"""Pieces between places that no token crosses give the ids of the tokenizer, in any script."""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from unicodedata import combining, decomposition

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.tokenizers.cutting import KNOWN, METASPACE, TEXTS, WORDS, own, published
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from lingraft.tokenizers.engines import best_paths, pieces
from lingraft.tokenizers.engines.engine import EncodedTexts, Unsuited
from lingraft.tokenizers.engines.pieces import PieceByPiece
from lingraft.tokenizers.engines.writing import Writer
from lingraft.tokenizers.word_cache import encode_whole

SCRIPTS = {
    "chinese": "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得",
    "japanese": "あいうかきくこしすたちってとなにのはまもらりるれをんアイストラン日本語人",
    "thai": "กขคงจชซดตถทนบปพมยรลวสหอะาำเแโใไ\u0e31\u0e34\u0e35\u0e48\u0e49",
    "burmese": "ကခဂငစဆညတထဒနပဖဗမယရလဝသဟအ\u102c\u102d\u102f\u1031\u1037\u1038\u1039\u103a\u103b",
    "khmer": "កខគងចឆជញដតថទនបផពភមយរលវសហអ\u17b6\u17b7\u17bb\u17c1\u17d2\u17c6\u17c7",
    "lao": "ກຂຄງຈສຊຍດຕຖທນບປຜພມຢລວຫອຮະາ\u0eb1\u0eb4\u0eb5\u0ec8\u0ec9",
}
PUNCTUATION = "。，！？：（）、「」0123456789 AaBb.,-"


def sentences(script: str, count: int, seed: int) -> list[str]:
    """Words of a made-up language in a real script, without spaces; some words come often."""
    generator = random.Random(seed)
    letters = SCRIPTS[script]
    words = ["".join(generator.choices(letters, k=generator.randint(1, 4))) for _ in range(300)]
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def sentence() -> str:
        drawn = generator.choices(words, weights, k=generator.randint(1, 15))
        signs = generator.choices(PUNCTUATION, k=len(drawn))
        return "".join(
            word + (sign if generator.random() < 0.2 else "")
            for word, sign in zip(drawn, signs, strict=True)
        )

    return [sentence() for _ in range(count)]


def unigram(entries: dict[str, float], unknown: float = 0.0) -> Tokenizer:
    """A model of such entries and an unknown token."""
    backend = Tokenizer(models.Unigram([("<unk>", unknown), *entries.items()], unk_id=0))
    backend.pre_tokenizer = METASPACE
    backend.add_special_tokens([AddedToken("<unk>", special=True)])
    return backend


SUITED: dict[str, Callable[[], Tokenizer]] = {
    "ours": KNOWN["our unigram"],
    "ours in lower case": lambda: own("unigram", lowercase=True),
    "ours without accents": lambda: own("unigram", strip_accents=True),
    "sentencepiece": published,
    "xlm-r": KNOWN["xlm-r"],
    "metaspace alone": KNOWN["metaspace alone"],
}


@pytest.fixture(scope="module", params=SUITED.values(), ids=SUITED.keys())
def backend(request: pytest.FixtureRequest) -> Tokenizer:
    made: Tokenizer = request.param()
    made.encode_special_tokens = True
    return made


def ids(backend: Tokenizer, texts: list[str], engine: PieceByPiece | None = None) -> list[bytes]:
    return (engine or PieceByPiece(backend)).encode(texts).documents()


class TestIdsAreThoseOfTheTokenizer:
    def test_of_many_texts(self, backend: Tokenizer) -> None:
        assert ids(backend, TEXTS) == encode_whole(backend, TEXTS)
        unspaced = [text.replace(" ", "") for text in TEXTS]
        assert ids(backend, unspaced) == encode_whole(backend, unspaced)

    @settings(max_examples=60, derandomize=True)
    @given(
        words=st.lists(st.text(max_size=6) | st.sampled_from([*WORDS, "<mask>", "<unk>"])),
        space=st.sampled_from(["", "", " ", "  "]),
    )
    def test_of_any_text(self, backend: Tokenizer, words: list[str], space: str) -> None:
        texts = [space.join(words), "".join(reversed(words)), " " + "".join(words), ""]
        assert ids(backend, texts) == encode_whole(backend, texts)


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_without_spaces(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = sentences(script, 1500, seed=1)
    backend = own_of(texts[:1000])
    asked: list[str] = []

    def watched(backend: Any, texts: list[str]) -> list[bytes]:
        asked.extend(texts)
        return encode_whole(backend, texts)

    monkeypatch.setattr("lingraft.tokenizers.engines.whole.encode_whole", watched)
    engine = PieceByPiece(backend)
    found = [document for row in range(0, 1500, 300)
             for document in ids(backend, texts[row : row + 300], engine)]  # fmt: skip
    assert found == encode_whole(backend, texts)
    assert len(asked) < 300  # or nothing was tested


def own_of(texts: list[str]) -> Tokenizer:
    from lingraft.config.tokenizers import Tokenizer as Settings
    from lingraft.tokenizers.training import train_tokenizer

    block = {"corpora": ["x"], "algorithm": "unigram", "vocabulary_size": 600}
    backend = train_tokenizer(texts, Settings.model_validate(block))
    backend.encode_special_tokens = True
    return backend


ENTRIES = st.dictionaries(
    st.text("▁abc中文", min_size=1, max_size=4), st.integers(-40, -1).map(lambda n: n / 8),
    min_size=1, max_size=25,
)  # fmt: skip


@settings(max_examples=150, derandomize=True, deadline=None)
@given(entries=ENTRIES, texts=st.lists(st.text("abcx中文 ", max_size=12), min_size=1, max_size=5))
def test_any_vocabulary(entries: dict[str, float], texts: list[str]) -> None:
    """With many ties, unknown characters beside each other, and tokens that have no place."""
    backend = unigram(entries)
    backend.encode_special_tokens = True
    assert ids(backend, texts) == encode_whole(backend, texts)


SCORES = {
    "rounded sums": st.integers(-40, -1).map(lambda n: n / 10),
    "all equal": st.just(-0.7),
    "zero": st.just(0.0),
    "above zero": st.floats(0, 10),
    "large": st.floats(-1e9, 1e9),
    "nearly equal": st.sampled_from([0.0, 1e-15, 1e-12, 9e-6, 1.1e-5]).map(lambda n: n - 1 / 3),
    "any": st.floats(-12, -1),
}


@pytest.mark.parametrize("scores", SCORES.values(), ids=SCORES.keys())
def test_any_scores(scores: st.SearchStrategy[float]) -> None:
    """The library's rounding decides between ways that are nearly equal, also far from them."""

    @settings(max_examples=60, derandomize=True)
    @given(
        entries=st.dictionaries(st.text("▁abc", min_size=1, max_size=4), scores, max_size=25),
        texts=st.lists(st.text("abcx ", max_size=20), min_size=1, max_size=5),
        before=st.text("abc", max_size=200),
    )
    def compare(entries: dict[str, float], texts: list[str], before: str) -> None:
        backend = unigram(entries)
        texts = [*texts, *(before + text for text in texts)]
        assert ids(backend, texts) == encode_whole(backend, texts)

    compare()


def test_long_texts_go_to_the_tokenizer() -> None:
    """Their sums may be rounded too much, so nothing is looked for in them."""
    backend = unigram({"▁": -3.0, "a": -1.25, "ab": -2.0, "b": -1.5})
    engine = PieceByPiece(backend)
    texts = ["ab" * 50_000]
    assert ids(backend, texts, engine) == encode_whole(backend, texts)
    assert not len(engine._lengths)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(
    entries=ENTRIES,
    parts=st.lists(st.text("abcx中文", min_size=1, max_size=9), min_size=1, max_size=6),
)
def test_best_paths(entries: dict[str, float], parts: list[str]) -> None:
    """Those without ties are the tokenizer's own, and ties are what brute force finds."""
    backend = unigram(entries)
    model = {"vocab": [["<unk>", 0.0], *map(list, entries.items())], "unk_id": 0}
    encoded, is_tie_P = best_paths.BestPaths(model, ["<unk>"]).encode(parts)
    bare = encode_whole(Tokenizer(backend.model), parts)
    scores = {**{key: score for key, score in entries.items() if "▁" not in key[1:]}}
    for part, own_ids, wanted, is_tie in zip(
        parts, encoded.documents(), bare, is_tie_P, strict=True
    ):
        assert is_tie or own_ids == wanted
        assert is_tie == has_tie(part, scores, min([0.0, *entries.values()]) - 10)


def has_tie(part: str, scores: dict[str, float], unknown: float) -> bool:
    """Whether two ways to reach a character have the best score."""
    best = [0.0]
    for end in range(1, len(part) + 1):
        ways = [
            best[start] + scores.get(part[start:end], unknown)
            for start in range(end)
            if part[start:end] in scores or end - start == 1
        ]
        best.append(max(ways))
        if sum(way > best[-1] - best_paths.GAP for way in ways) > 1:
            return True
    return False


def test_ties_are_broken_as_the_tokenizer_does() -> None:
    backend = unigram({"▁": -1.0, "a": -2.0, "aa": -3.0, "b": -1.5, "aab": -6.0})
    texts = ["baaaab", "aaa", "aab aaab", "b" * 200 + "aaa"]
    assert ids(backend, texts) == encode_whole(backend, texts)


def test_sums_that_may_be_rounded_are_not_trusted() -> None:
    model = {"vocab": [["<s>", -1e6], ["<unk>", -1e6], ["a", -1.25]], "unk_id": 1}
    paths = best_paths.BestPaths(model, ["<s>", "<unk>"])
    lengths_D, unknowns_D = np.array([1000, 1000, 10**6]), np.array([0, 1000, 0])
    assert paths.trusts(lengths_D, unknowns_D).tolist() == [True, False, False]


def test_a_script_of_unknown_characters() -> None:
    backend = own_of(sentences("chinese", 300, seed=2))
    texts = ["ក" * 3000, "的កខ一", "កខ", "ก的的" * 500]
    assert ids(backend, texts) == encode_whole(backend, texts)


def test_it_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_LIMIT", 50 * pieces._ENTRY)
    texts = sentences("chinese", 300, seed=3)
    backend = own_of(texts)
    engine = PieceByPiece(backend)
    for row in range(0, 300, 20):
        some = texts[row : row + 20]
        assert ids(backend, some, engine) == encode_whole(backend, some)
    assert len(engine._lengths) < 300


def test_it_gives_up_where_no_piece_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_TRIAL", 10)
    backend = own_of(sentences("chinese", 300, seed=4))
    engine = PieceByPiece(backend)
    texts = sentences("chinese", 30, seed=5)
    engine._learned = 10**6
    assert ids(backend, texts, engine) == ids(backend, texts)
    assert not len(engine._lengths)


def repeated(backend: Tokenizer) -> Tokenizer:
    backend.post_processor = processors.TemplateProcessing(
        single="$A $A", pair="$A $B", special_tokens=[]
    )
    return backend


def drawn(backend: Tokenizer) -> Tokenizer:
    backend.model.alpha = 0.1
    return backend


def cut_elsewhere(backend: Tokenizer) -> Tokenizer:
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return backend


REFUSED: dict[str, tuple[Callable[[], Tokenizer], str]] = {
    "bpe": (KNOWN["our bpe"], "Unigram"),
    "cut elsewhere": (lambda: cut_elsewhere(unigram({"a": -1.0})), "Unigram"),
    "repeated": (lambda: repeated(unigram({"a": -1.0})), "repeats"),
    "drawn by lot": (lambda: drawn(unigram({"a": -1.0})), "random"),
    "unknown characters as bytes": (
        lambda: bytes_for_unknown(), "unknown characters are not one token"
    ),
    "a good unknown token": (lambda: unigram({"中文": 101.0}, 100.0), "may be another token"),
    "a word as unknown token": (lambda: unknown("▁a"), "may be another token"),
    "an empty unknown token": (lambda: unknown(""), "may be another token"),
}  # fmt: skip


def unknown(token: str) -> Tokenizer:
    backend = Tokenizer(models.Unigram([(token, -1.0), ("b", -2.0)], unk_id=0))
    backend.pre_tokenizer = METASPACE
    return backend


def bytes_for_unknown() -> Tokenizer:
    backend = unigram({})
    tokens = [("<unk>", 0.0), *((f"<0x{byte:02X}>", -9.0) for byte in range(256))]
    backend.model = models.Unigram(tokens, unk_id=0, byte_fallback=True)
    return backend


@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_others_are_refused(make: Callable[[], Tokenizer], reason: str) -> None:
    with pytest.raises(Unsuited, match=reason):
        PieceByPiece(make())


NORMAL = {
    "nfkc": normalizers.NFKC(),
    "like sentencepiece": KNOWN["our unigram"]().normalizer,
    "accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "none": None,
}


@pytest.mark.parametrize("normalizer", NORMAL.values(), ids=NORMAL.keys())
def test_texts_are_written_as_the_normalizer_does(normalizer: Any) -> None:
    """All characters that have a normal form, or a place among marks, and some others."""
    backend = unigram({"a": -1.0})
    if normalizer:
        backend.normalizer = normalizer
    codes = [code for code in range(1, 0x20000) if not 0xD800 <= code < 0xE000]
    characters = [
        chr(code) for code in codes
        if code % 29 == 0 or decomposition(chr(code)) or combining(chr(code))
    ]  # fmt: skip
    texts = [f"a{one}b{other}" for one, other in pairwise(characters)]
    texts += [f"a{one}\u0316\u0345{other}" for one, other in pairwise(characters[:3000])]
    texts += ["", " ", "a  b", " a", "a ", "a\0b", "a\u0301\u0323", "\u0301", "▁a", "中文"]
    written = Writer(backend).write(texts)
    assert sum(text is None for text in written) < 1000
    for text, found in zip(texts, written, strict=True):
        assert found is None or found == (normalizer.normalize_str(text) if normalizer else text)


def test_merged_and_chosen() -> None:
    whole = EncodedTexts.of([b"", b"\1\0\0\0", b"\2\0\0\0\3\0\0\0", b"\4\0\0\0"])
    is_odd = np.array([False, True, False, True])
    parts = [(np.flatnonzero(rows), whole.chosen(rows)) for rows in (is_odd, ~is_odd)]
    assert EncodedTexts.merged(parts).documents() == whole.documents()
