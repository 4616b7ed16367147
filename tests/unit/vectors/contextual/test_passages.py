"""Sentences and the passages in which they are read."""

from collections.abc import Sequence

import pytest

from lingraft.vectors.contextual.passages import (
    passages_of,
    spans_of_words,
    split_sentences,
    words_of_sentences,
)


class Counting:
    """A teacher that counts words for tokens."""

    room = 5

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two!  Three", ["One.", "Two!", "Three"]),
        ("He said “go.” He went.\n\nA line", ["He said “go.”", "He went.", "A line"]),
        ("Version 3.5 is out", ["Version 3.5 is out"]),
        ("你好。再见！", ["你好。", "再见！"]),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_end_with_a_mark_or_a_line(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The cat, the hat; the", "eng_Latn"),
        ("我爱北京天安门。", "zho_Hans"),
        ("ภาษาไทย", "tha_Thai"),
    ],
)
def test_words_know_where_they_are(text: str, language: str) -> None:
    found = spans_of_words(text, language)
    assert len(found) > 1
    assert all(text[start:end] == word for word, (start, end) in found)
    starts = [start for _, (start, _) in found]
    assert starts == sorted(set(starts))


def test_sentences_are_numbered_alike_in_both_units_and_by_their_words() -> None:
    texts = ["A b. C d e. F g h.", "I j"]
    alone = list(passages_of(texts, "sentence", Counting()))  # type: ignore[arg-type]
    assert [(p.text, list(p.keys)) for p in alone] == [
        ("A b.", [0]), ("C d e.", [1]), ("F g h.", [2]), ("I j", [3])
    ]  # fmt: skip
    together = list(passages_of(texts, "paragraph", Counting()))  # type: ignore[arg-type]
    assert [p.text for p in together] == ["A b. C d e.", "F g h.", "I j"]
    for passage in together:
        for key, (start, end) in zip(passage.keys, passage.spans, strict=True):
            assert passage.text[start:end] == alone[key].text
    words = list(words_of_sentences(texts, "eng_Latn", lowercase=True))
    assert words == [["a", "b"], ["c", "d", "e"], ["f", "g", "h"], ["i", "j"]]
