"""In which scripts letters are, and the warning where most are of another than the language's."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.artifacts import CorpusFacts, open_artifact
from lingraft.corpus.scripts import OTHER, LetterCounts, script_warning


def shares(language: str, *texts: str) -> dict[str, float]:
    counts = LetterCounts()
    for text in texts:
        counts.add(text)
    return counts.shares(language)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("eng_Latn", "abc, 12 ½!", {"Latn": 1.0}),
        ("hin_Deva", "नमस्ते abc", {"Deva": 0.5714, "Latn": 0.4286}),  # signs are no letters
        ("jpn_Jpan", "日本のラーメン", {"Jpan": 1.0}),  # the long sound belongs to two scripts
        ("zho_Hant", "日本のラメ", {"Hant": 0.4, "Kana": 0.4, "Hira": 0.2}),
        ("kor_Kore", "한국 韓國", {"Kore": 1.0}),
        ("srp_Cyrl", "да da", {"Cyrl": 0.5, "Latn": 0.5}),
        ("srp_Latn", "да\u02bc 𐌰𐌱𐌲", {OTHER: 0.6, "Cyrl": 0.4}),
        ("und_Zyyy", "abc", {}),
        ("art_Qaaa", "abc", {}),  # of nobody knows which letters
        ("eng_Latn", "12 %", {}),
    ],
)
def test_each_letter_is_of_one_script(language: str, text: str, expected: dict[str, float]) -> None:
    assert shares(language, text) == expected


@given(st.lists(st.text(), max_size=4))
def test_shares_are_those_of_all_texts_together(texts: list[str]) -> None:
    found = shares("eng_Latn", *texts)
    assert found == shares("eng_Latn", "".join(texts))
    assert not found or sum(found.values()) == pytest.approx(1, abs=0.001)


def test_most_letters_of_other_scripts_are_a_warning() -> None:
    said = script_warning("hindi", "hin_Deva", {"Latn": 0.9, "Deva": 0.07, "Arab": 0.03})
    assert said == (
        "corpora.hindi: 93% of the letters are not of the script Deva that hin_Deva says (90% are "
        "Latn); give it other text, or language: hin_Latn if the code is wrong"
    )
    other = script_warning("gothic", "eng_Latn", {OTHER: 1.0})
    assert other is not None and other.endswith("scripts without a name here); give it other text")
    for fine in ({"Deva": 0.5, "Latn": 0.5}, {}, {"Deva": 1.0}):
        assert script_warning("hindi", "hin_Deva", fine) is None


@pytest.mark.parametrize(("language", "warns"), [("hin_Deva", True), ("eng_Latn", False)])
def test_a_corpus_says_in_which_scripts_it_is(
    make_corpus: Callable[..., Path], caplog: pytest.LogCaptureFixture, language: str, warns: bool
) -> None:
    texts = {str(i): f"Open the file number {chr(97 + i)}" for i in range(26)}
    with caplog.at_level(logging.WARNING):
        corpus = make_corpus(texts, language=language, held_out={"fraction": 0.3})
    assert open_artifact(corpus, CorpusFacts).facts.scripts == {"Latn": 1.0}
    assert ("100% of the letters are not of the script Deva" in caplog.text) == warns
