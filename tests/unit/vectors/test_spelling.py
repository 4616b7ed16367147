"""Tokens and words of vectors meet in one spelling."""

import unicodedata

import numpy as np
import pytest

from lingraft.initialization.evidence.auxiliary import known, text_vectors
from lingraft.vectors.spelling import as_spelled, composed
from lingraft.vectors.vectorset import VectorSet

WORDS = ["น้ำ", "ทำ", "ນ້ຳ", "եւ", "և", "caf\u00e9", "a", "ﬁn"]


def vectors(*words: str, lowercase: bool = False) -> VectorSet:
    rows = np.arange(1, 1 + len(words), dtype=np.float32)[:, None] * np.ones(3, np.float32)
    return VectorSet(list(words), rows, language="tha_Thai", lowercase=lowercase)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_word_is_found_in_every_form(word: str, form: str) -> None:
    text = unicodedata.normalize(form, word)
    assert as_spelled([text], vectors(word)) == [word]
    assert as_spelled([word], vectors(text)) == [text]
    assert known(text_vectors([text], vectors(word))).all()


def test_a_word_that_is_there_is_not_another() -> None:
    assert as_spelled(["2", "\u00b2", ""], vectors("\u00b2", "2")) == ["2", "\u00b2", ""]


def test_unknown_texts_are_composed_for_their_ngrams() -> None:
    assert composed("\u0e19\u0e49\u0e4d\u0e32") == "น้ำ"
    assert as_spelled(["\u0e04\u0e4d\u0e32", "cafe\u0301"], vectors("a")) == ["คำ", "caf\u00e9"]


def test_lower_case_and_reference_lookups() -> None:
    assert as_spelled(["CAFE\u0301"], vectors("caf\u00e9", lowercase=True)) == ["caf\u00e9"]
    decomposed = ["\u0e17\u0e4d\u0e32"]
    assert not known(text_vectors(decomposed, vectors("ทำ"), verbatim=True)).any()
