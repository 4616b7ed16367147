"""A text as ids: order of the words, lines, dropped words."""

import numpy as np
import pytest

from lingraft.errors import InputError
from lingraft.vectors.learning.text import encode

LINES = [["b", "a", "rare", "b"], [], ["c", "a"], ["odd"], ["b", "c"]]


def test_frequent_words_come_first_and_rare_ones_are_left_out() -> None:
    text = encode(LINES, minimum_count=2)
    assert text.words == ["b", "a", "c"] and text.counts_W.tolist() == [3, 2, 2]
    assert [line.tolist() for line in text.lines()] == [[0, 1, 0], [2, 1], [0, 2]]


@pytest.mark.parametrize(("lines", "message"), [([[]], "no text"), ([["a"]], "minimum_count = 2")])
def test_too_little_text_is_one_line(lines: list[list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        encode(lines, minimum_count=2)


def test_frequent_words_are_dropped_as_often_as_the_formula_says() -> None:
    text = encode([["often"] * 90_000 + ["seldom"] * 10_000], minimum_count=1)
    kept = text.subsampled(0.01, np.random.default_rng(0))
    for word, frequency in ((0, 0.9), (1, 0.1)):
        share = (kept.ids_N == word).sum() / text.counts_W[word]
        assert share == pytest.approx(np.sqrt(0.01 / frequency) + 0.01 / frequency, abs=0.02)
    same = text.subsampled(1.0, np.random.default_rng(0))
    np.testing.assert_array_equal(same.ids_N, text.ids_N)
