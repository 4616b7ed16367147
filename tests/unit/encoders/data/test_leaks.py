import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.splitting import fold
from lingraft.encoders.data.leaks import HeldOutTexts, grams, jaccard, some_grams

HELD_OUT = "Choose the folder in which all of your pictures are stored on this computer, page 12."
CHANGED = {
    "equal": (HELD_OUT, "held out"),
    "case": (HELD_OUT.upper(), "held out"),
    "punctuation": (HELD_OUT.replace(",", " -").rstrip("."), "held out"),
    "digits": (HELD_OUT.replace("12", "2026"), "held out"),
    "one word": (HELD_OUT.replace("folder", "place"), "near a held-out text"),
    "one word more": (f"Now {HELD_OUT}", "near a held-out text"),
    "another text": ("Nothing of this was ever held out, and nothing is alike.", None),
}


@pytest.mark.parametrize("text, leak", CHANGED.values(), ids=CHANGED)
def test_changed_texts_are_found(text: str, leak: str | None) -> None:
    assert HeldOutTexts([HELD_OUT, "Yes"], 0.8).leak([text]) == leak


def test_a_leak_in_any_text_of_an_example_is_found() -> None:
    held_out = HeldOutTexts([HELD_OUT], 0.8)
    for place in range(4):
        texts = ["a query", "its answer", "another answer", "one more"]
        assert held_out.leak(texts) is None
        texts[place] = HELD_OUT.lower()
        assert held_out.leak(texts) == "held out"


def test_with_a_threshold_of_1_equal_texts_alone_are_found() -> None:
    held_out = HeldOutTexts([HELD_OUT], 1.0)
    assert held_out.leak([HELD_OUT.lower()]) == "held out"
    assert held_out.leak([CHANGED["one word"][0]]) is None


def test_texts_of_signs_and_short_texts_are_compared_whole() -> None:
    held_out = HeldOutTexts(["...", "Yes"], 0.5)
    assert held_out.leak(["yes!"]) == held_out.leak(["..."]) == "held out"
    assert held_out.leak(["?"]) is held_out.leak(["Ye"]) is held_out.leak([""]) is None


TEXT = st.text(alphabet="abc d", min_size=1, max_size=14)


@given(st.lists(TEXT, max_size=8), TEXT, st.sampled_from([0.1, 0.3, 0.5, 2 / 3, 0.8, 0.9, 1.0]))
def test_the_search_finds_what_comparing_all_finds(
    held_out: list[str], text: str, threshold: float
) -> None:
    folded = [fold(one) for one in held_out]
    own = grams(fold(text))
    near = threshold < 1 and any(jaccard(own, grams(one)) >= threshold for one in folded)
    wanted = "held out" if fold(text) in folded else "near a held-out text" if near else None
    assert HeldOutTexts(held_out, threshold).leak([text]) == wanted


@given(
    st.text("abc", min_size=1, max_size=40),
    st.text("abc", min_size=1, max_size=40),
    st.sampled_from([0.1, 0.5, 0.8, 0.95]),
)
def test_a_near_duplicate_has_one_of_some_grams(text: str, other: str, threshold: float) -> None:
    for near in (other, text[: len(text) * 9 // 10], other[:3] + text):
        if jaccard(grams(text), grams(near)) >= threshold:
            assert any(gram in near for gram in some_grams(text, threshold))
