"""Each rule drops or mends what it names, and counts it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.cleaning import Cleaner
from lingraft.corpus.settings import Cleaning

INVALID = b"caf\xe9 latte".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  two\t words\u00a0here ", "two words here"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\ufeffstart", "start"),
        ("cafe\u0301", "café"),
        ("a\x00b\x07c soft\u00adhyphen", "abc softhyphen"),
        ("one\n\n \n two", "one\ntwo"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("नि\u200dर", "नि\u200dर"),
    ],
)
def test_text_is_mended(text: str, cleaned: str) -> None:
    assert Cleaner(Cleaning()).clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "dropped_too_few_letters"),
        ("12:30 – 14:00", "dropped_too_few_letters"),
        ("x" * 101, "dropped_too_long"),
        ("é" * 51, "dropped_too_long"),
        (INVALID, "dropped_invalid_utf8"),
        ("lone \ud800 surrogate", "dropped_invalid_utf8"),
    ],
)
def test_text_is_dropped_and_counted(text: str, reason: str) -> None:
    cleaner = Cleaner(Cleaning(maximum_bytes=100))
    assert cleaner.clean(text) is None
    assert cleaner.counts[reason] == 1


def test_invalid_bytes_can_be_replaced() -> None:
    cleaner = Cleaner(Cleaning(invalid_utf8="replace"))
    assert cleaner.clean(INVALID) == "caf\ufffd latte"
    assert cleaner.counts["mended_invalid_utf8"] == 1


def test_a_line_of_ten_megabytes_is_dropped() -> None:
    cleaner = Cleaner(Cleaning())
    assert cleaner.clean("word " * 2_000_001) is None
    assert cleaner.counts["dropped_too_long"] == 1


@given(st.text())
def test_cleaning_is_idempotent_and_yields_utf8(text: str) -> None:
    cleaner = Cleaner(Cleaning(minimum_letters=0))
    cleaned = cleaner.clean(text)
    assert cleaned is not None
    assert cleaner.clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    cleaned.encode("utf-8")
