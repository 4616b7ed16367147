import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.vectors.similar_spelling import fold, similarly_spelled


def distance(first: str, second: str) -> int:
    """Levenshtein's distance by its recursion."""
    table = np.zeros((len(first) + 1, len(second) + 1), int)
    table[:, 0], table[0] = np.arange(len(first) + 1), np.arange(len(second) + 1)
    for i, a in enumerate(first, start=1):
        for j, b in enumerate(second, start=1):
            change = table[i - 1, j - 1] + (a != b)
            table[i, j] = min(change, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return int(table[-1, -1])


@pytest.mark.parametrize(
    ("word", "folded"),
    [("Kätzchen", "katzchen"), ("Straße", "strasse"), ("İşçi", "isci"), ("ﬁne", "fine")],
)
def test_case_and_diacritics_do_not_count(word: str, folded: str) -> None:
    assert fold(word) == folded


WORDS = st.lists(st.text("abcde", min_size=1, max_size=6), max_size=12, unique=True)


@given(WORDS, WORDS, st.sampled_from([0.18, 0.45, 0.7, 0.95]))
@settings(max_examples=40, deadline=None)
def test_pairs_are_each_others_most_similar(
    source: list[str], target: list[str], least: float
) -> None:
    table = np.zeros((len(source), len(target)))
    for i, a in enumerate(source):
        for j, b in enumerate(target):
            found = 1 - distance(a, b) / max(len(a), len(b))
            table[i, j] = found if found >= least else 0
    expected = []
    for i in range(len(source) if target else 0):
        j = int(table[i].argmax())
        if table[i, j] > 0 and int(table[:, j].argmax()) == i:
            expected.append((i, j, pytest.approx(table[i, j])))
    assert list(similarly_spelled(source, target, least)) == expected


def test_many_words_are_compared_in_blocks() -> None:
    """The best source word of a target may be in another block than its first equal."""
    source = [f"word{number}x" for number in range(1100)]
    found = list(similarly_spelled(source, source[::-1], 0.8))
    assert [(row, column) for row, column, _ in found] == [(n, 1099 - n) for n in range(1100)]
