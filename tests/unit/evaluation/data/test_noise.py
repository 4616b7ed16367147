"""Noise of typing: what it may do to a text, and that it is the same every time."""

from collections import Counter

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from lingraft.evaluation.data.noise import noised

TEXT = "Jina la mto huu ni refu sana, na maji yake ni mengi kila mwaka. " * 5
HINDI = "किताबें और कहानियाँ पढ़ना अच्छा लगता है " * 5


def clusters(text: str) -> list[str]:
    return regex.findall(r"\X", text)


@given(st.text(max_size=60), st.integers(0, 3))
def test_without_noise_nothing_changes_and_the_seed_decides(text: str, seed: int) -> None:
    assert noised(text, 0.0, seed) == text
    assert noised(text, 0.5, seed) == noised(text, 0.5, seed)


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.floats(0, 1))
def test_characters_come_from_the_text_and_spaces_stay(text: str, share: float) -> None:
    found = noised(text, share, 1)
    assert Counter(filter(str.isspace, found)) == Counter(filter(str.isspace, text))
    assert set(found) <= set(text)


@pytest.mark.parametrize("text", [TEXT, HINDI])
def test_a_vowel_sign_stays_with_its_letter(text: str) -> None:
    assert set(clusters(noised(text, 0.3, 0))) <= set(clusters(text))


def test_more_noise_is_further_from_the_text() -> None:
    def kept(share: float) -> float:
        pairs = [(word, noised(word, share, 0)) for word in set(TEXT.split())]
        return sum(one == other for one, other in pairs) / len(pairs)

    assert 1.0 == kept(0.0) > kept(0.1) > kept(0.3) > kept(1.0)
    changed = Counter(noised(TEXT, 0.2, seed) for seed in range(5))
    assert len(changed) == 5 and TEXT not in changed


def test_the_three_ways_are_there() -> None:
    lengths = [len(noised("abcdef", 0.3, seed)) for seed in range(200)]
    assert min(lengths) < 6 < max(lengths)
    found = {noised("abcdef", 0.3, seed) for seed in range(200)} - {"abcdef"}
    assert any(sorted(text) == list("abcdef") for text in found)
