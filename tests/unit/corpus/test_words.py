"""Words in scripts with and without spaces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.words import split_words


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Don't stop, e-mail me!", "eng_Latn", ["Don't", "stop", "e-mail", "me"]),
        ("ng'ombe wa bibi.", "swh_Latn", ["ng'ombe", "wa", "bibi"]),
        ("Version 7.4 für 3 Größen", "deu_Latn", ["Version", "7.4", "für", "3", "Größen"]),
        ("हिन्दी में लिखें", "hin_Deva", ["हिन्दी", "में", "लिखें"]),
        ("打开文件", "zho_Hans", ["打开", "文件"]),
        ("用 Chrome 打开", "zho_Hans", ["用", "Chrome", "打开"]),
        ("ไทย", "tha_Thai", ["ไ", "ท", "ย"]),
        ("… — !", "eng_Latn", []),
        ("", "zho_Hans", []),
    ],
)
def test_examples(text: str, language: str, words: list[str]) -> None:
    assert split_words(text, language) == words


@given(st.text(), st.sampled_from(["eng_Latn", "zho_Hans", "jpn_Jpan"]))
def test_words_stand_in_the_text_in_order(text: str, language: str) -> None:
    position = 0
    for word in split_words(text, language):
        position = text.index(word, position) + len(word)
