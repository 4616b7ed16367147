"""WX: what the reference converter ships as text comes through, in all nine languages."""

import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.corpus.normalizers.wx import WX
from lingraft.errors import ConfigError

wxconv = pytest.importorskip("wxconv", reason="pip install lingraft[normalizers]")

LANGUAGES = [
    "hin_Deva", "urd_Arab", "ben_Beng", "guj_Gujr", "mal_Mlym", "pan_Guru", "tel_Telu", "tam_Taml",
    "kan_Knda",
]  # fmt: skip


def lines_of(language: str) -> list[str]:
    folder = Path(wxconv.__file__).parent / "tests" / "plain_text"
    return (folder / f"{language[:3]}.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_came_back_is_written_as_before(language: str) -> None:
    rules = WX(name="wx").rules(language)
    written = [rules.normalize(line) for line in lines_of(language)]
    assert len(written) == 100
    assert [rules.normalize(rules.invert(text) or "") for text in written] == written


WORDS = sorted({word for line in lines_of("hin_Deva") for word in line.split()})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "Hello", "2010", "(café)", "\u0967\u0968", "।"])))
def test_any_order_of_words_comes_back_as_it_was_written(words: list[str]) -> None:
    rules = WX(name="wx").rules("hin_Deva")
    written = rules.normalize(" ".join(words))
    assert rules.normalize(rules.invert(written) or "") == written


def test_scripts_meet() -> None:
    """One word in eight scripts is one text."""
    india = {
        "hin_Deva": "भारत", "guj_Gujr": "ભારત", "pan_Guru": "ਭਾਰਤ", "ben_Beng": "ভারত",
        "tel_Telu": "భారత", "kan_Knda": "ಭಾರತ", "mal_Mlym": "ഭാരത", "ory_Orya": "ଭାରତ",
    }  # fmt: skip
    wx = WX(name="wx")
    assert {wx.rules(language).normalize(word) for language, word in india.items()} == {"BArawa"}
    assert wx.rules("mar_Deva").normalize("भारत") == wx.rules("npi_Deva").normalize("भारत")


def test_what_the_tables_do() -> None:
    """Digits become ASCII, the danda a dot, joiners go; other scripts stay."""
    rules = WX(name="wx").rules("hin_Deva")
    assert rules.normalize("१२ 34") == "12 34"
    assert rules.normalize("है।") == "hE."
    assert rules.normalize("क्\u200dष") == "kRa"
    assert rules.normalize("தமிழ் 中文 “é”") == "தமிழ் 中文 “é”"


def test_latin_words() -> None:
    marked, kept = WX(name="wx"), WX(name="wx", latin="kept")
    text = "नमस्ते Hello (v2.0)"
    rules = marked.rules("hin_Deva")
    assert rules.normalize(text) == "namaswe _Hello_ _(v2.0)_"
    assert rules.invert(rules.normalize(text)) == text
    assert kept.rules("hin_Deva").normalize(text) == "namaswe Hello (v2.0)"


def test_letters_of_latin_1_stay_in_urdu() -> None:
    rules = WX(name="wx").rules("urd_Arab")
    assert "é" in rules.normalize("کہ é")


@pytest.mark.parametrize("language", LANGUAGES)
def test_latin_words_are_marked_as_the_converter_marks_them(language: str) -> None:
    converter = wxconv.WXC(order="utf2wx", lang=language[:3], rmask=True)
    rules = WX(name="wx").rules(language)
    for line in [*lines_of(language), "C++ (v2.0) e-mail a_b", "http://a.b/c_d?e=f 12 है"]:
        if "\u00ab" in line:  # a sign of Latin-1, which the converter loses
            continue
        assert rules.normalize(line) == converter.convert(line)


@pytest.mark.parametrize("language", ["hin_Deva", "urd_Arab"])
def test_what_is_of_no_script_of_india_stays(language: str) -> None:
    """Joiners go where they are in words, not in emoji; a no-break space parts two words."""
    rules = WX(name="wx").rules(language)
    word = {"hin_Deva": "भाषा", "urd_Arab": "نام"}[language]
    for sign in ("\u00a0", "\ufeff", "👨\u200d👩\u200d👧", "☝🏽", "❤\ufe0f", "½", "ÿ"):
        text = f"{word}{sign}{word}"
        written = rules.normalize(text)
        assert written == sign.join([rules.normalize(word)] * 2)
        assert rules.invert(written) == text
    assert rules.normalize("") == "" and rules.normalize(" \n") == " \n"


def test_a_long_line_takes_no_longer_than_its_parts() -> None:
    rules = WX(name="wx").rules("hin_Deva")
    assert rules.normalize("-" * 300_000) == "-" * 300_000
    assert rules.invert(rules.normalize("भाषा" * 50_000)) == "भाषा" * 50_000


def test_what_it_covers() -> None:
    wx = WX(name="wx")
    assert wx.covers("urd_Arab") and wx.covers("san_Deva")
    assert not any(map(wx.covers, ("pes_Arab", "eng_Latn", "hin_Latn")))


def test_the_missing_package_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wxconv", None)
    with pytest.raises(ConfigError, match=r"pip install wxconv, or lingraft\[normalizers\]"):
        WX(name="wx").rules("hin_Deva")
