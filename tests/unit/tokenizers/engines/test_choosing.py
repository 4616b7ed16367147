"""The fastest engine that agrees is taken; one that does not changes no id."""

import logging
from typing import Any

import numpy as np
import pytest
from tests.unit.tokenizers.cutting import KNOWN, TEXTS

from lingraft.corpus.token_files import Specials
from lingraft.tokenizers import encoding
from lingraft.tokenizers.encoding import Encoder, encode_agreed
from lingraft.tokenizers.engines import choosing
from lingraft.tokenizers.engines.choosing import EVERY, choose
from lingraft.tokenizers.engines.engine import Disagreement, EncodedTexts, EncodingEngine, Unsuited
from lingraft.tokenizers.engines.whole import Whole
from lingraft.tokenizers.word_cache import encode_whole

SAMPLE = TEXTS[:50]


class Clock:
    """Ten seconds pass between two looks at it, and what engines say besides."""

    now = 0.0

    def look(self) -> float:
        self.now += 10
        return self.now


CLOCK = Clock()


class Fast(EncodingEngine):
    """Knows the answers; `wrong` is a text that it gets wrong."""

    name = "fast"
    wrong = ""

    def __init__(self, backend: Any) -> None:
        self._known = dict(zip(TEXTS, encode_whole(backend, TEXTS), strict=True))

    def encode(self, texts: list[str]) -> EncodedTexts:
        CLOCK.now -= 5
        return EncodedTexts.of([b"" if text == self.wrong else self._known[text] for text in texts])


class Slow(Whole):
    name = "slow"

    def encode(self, texts: list[str]) -> EncodedTexts:
        CLOCK.now += 500
        return super().encode(texts)


class Strange(EncodingEngine):
    name = "strange"

    def __init__(self, backend: Any) -> None:
        raise Unsuited("never seen")

    def encode(self, texts: list[str]) -> EncodedTexts:
        raise AssertionError


@pytest.fixture(scope="module")
def backend() -> Any:
    made = KNOWN["our bpe"]()
    made.encode_special_tokens = True
    return made


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "ENGINES", (Strange, Slow, Fast))
    monkeypatch.setattr(choosing, "perf_counter", CLOCK.look)
    monkeypatch.setattr(encoding, "_SAMPLE_CHARACTERS", sum(map(len, SAMPLE)))
    monkeypatch.setattr(encoding, "_BATCH_CHARACTERS", 2000)


def test_the_fastest_is_taken(backend: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert choose(backend, SAMPLE, SAMPLE, frozenset()).engine.name == "fast"
    assert "text to ids by fast (us for a character: tokenizers" in caplog.text


def test_a_sample_of_one_text(backend: Any) -> None:
    assert choose(backend, SAMPLE[:1], SAMPLE[:1], frozenset()).engine.name == "fast"


def test_one_that_was_refused_is_not(backend: Any) -> None:
    assert choose(backend, SAMPLE, SAMPLE, frozenset({"fast"})).engine.name == "tokenizers"


def test_what_it_gave_already_is_not_made_again(backend: Any) -> None:
    trial = TEXTS[50:90]
    encoded = choose(backend, SAMPLE, trial, frozenset()).encoded
    assert [each.documents() for each in encoded] == [
        encode_whole(backend, texts) for texts in (SAMPLE, trial)
    ]


def test_what_another_includes_is_not_tried(
    backend: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choosing, "ENGINES", (Fast, Slow))
    monkeypatch.setattr(Fast, "includes", frozenset({"slow"}))
    with caplog.at_level(logging.INFO):
        choose(backend, SAMPLE, SAMPLE, frozenset())
        assert "slow" not in caplog.text
        choose(backend, SAMPLE, SAMPLE, frozenset({"fast"}))
        assert "slow" in caplog.text


def test_one_that_disagrees_is_not(
    backend: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Fast, "wrong", SAMPLE[40])
    assert choose(backend, SAMPLE, SAMPLE, frozenset()).engine.name == "tokenizers"
    assert "the engine fast is not taken" in caplog.text
    assert repr(SAMPLE[40])[:20] in caplog.text


class Tokenizer:
    """What `Encoder` asks of a fast tokenizer."""

    unk_token_id = None

    def __init__(self, backend: Any) -> None:
        self.backend_tokenizer = backend


SPECIALS = Specials(vocabulary_size=1000, separator=999)


def everything(encoder: Encoder) -> tuple[list[int], list[int], str]:
    found = list(encoder.encode(TEXTS))
    assert encoder.counts.documents == len([text for text in TEXTS if text])
    ids, lengths = (np.concatenate(part).tolist() for part in zip(*found, strict=True))
    return ids, lengths, encoder.engine


def expected(backend: Any) -> tuple[list[int], list[int]]:
    texts = [text for text in TEXTS if text]
    encodings = backend.encode_batch(texts, add_special_tokens=False)
    documents = [[*each.ids, 999] for each in encodings]
    return [index for document in documents for index in document], list(map(len, documents))


def test_ids_are_the_same_with_every_engine(backend: Any) -> None:
    for refused in (frozenset[str](), frozenset({"fast"}), frozenset({"fast", "slow"})):
        ids, lengths, _ = everything(Encoder(Tokenizer(backend), SPECIALS, refused=refused))
        assert (ids, lengths) == expected(backend)


def test_one_that_disagrees_later_is_given_up(
    backend: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = next(text for text in TEXTS[2000:] if text and TEXTS.count(text) == 1)
    monkeypatch.setattr(Fast, "wrong", wrong)
    monkeypatch.setattr(choosing, "EVERY", 1)
    with pytest.raises(Disagreement):
        everything(Encoder(Tokenizer(backend), SPECIALS))
    ids, lengths, engine = encode_agreed(Tokenizer(backend), SPECIALS, everything)
    assert (ids, lengths) == expected(backend)
    assert engine == "tokenizers"
    assert "the text is encoded again" in caplog.text


def test_one_text_in_some_is_compared(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    class Watched(Whole):
        def encode(self, texts: list[str]) -> EncodedTexts:
            seen.extend(texts)
            return super().encode(texts)

    engine, whole = Fast(backend), Watched(backend)
    for turn in range(EVERY):
        choosing.check_some(engine, TEXTS[:EVERY], engine.encode(TEXTS[:EVERY]), turn, whole)
    assert seen == TEXTS[:EVERY]  # each once, whatever the turn


def test_little_text_is_worth_no_choice(backend: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_SAMPLE_CHARACTERS", 1 << 20)
    ids, lengths, engine = everything(Encoder(Tokenizer(backend), SPECIALS))
    assert (ids, lengths) == expected(backend)
    assert engine == "tokenizers"
    assert not list(Encoder(Tokenizer(backend), SPECIALS).encode([""]))
