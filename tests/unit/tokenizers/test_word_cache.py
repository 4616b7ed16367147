"""Joined words have the ids of the whole text, or the whole text is encoded."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.tokenizers.cutting import BYTES, KNOWN, TEXTS, WORDS, bpe
from tokenizers import Tokenizer

from lingraft.tokenizers import word_cache
from lingraft.tokenizers.locality import cuts_at_spaces
from lingraft.tokenizers.word_cache import WordCache, encode_whole


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
        cache.encode(["文字" * 8 + " 文字", "文字" * 7, "文字"])
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
