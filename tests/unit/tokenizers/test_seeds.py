"""Candidates of a Unigram vocabulary hold every frequent word, also those without suffixes."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from lingraft.tokenizers.seeds import count_words, find_seeds, is_spaced


def test_words_that_never_take_a_suffix_are_candidates() -> None:
    seeds = dict(find_seeds(count_words(["leo kitabu.", "leo sokoni.", "leo kitabu!"])))
    assert seeds["▁leo"] == 3 * 4
    assert seeds["▁kitabu"] == 2 * 7
    assert "▁kitab" not in seeds  # never without its last letter
    assert "▁sokoni" not in seeds  # once


def test_signs_numbers_and_letters_stay_apart() -> None:
    seeds = dict(find_seeds(Counter({"page12.": 5, "page12,": 5})))
    assert "▁page" in seeds
    assert "12" in seeds
    assert not any("e1" in seed or "2." in seed for seed in seeds)


@given(st.dictionaries(st.text("abc.", min_size=1, max_size=8), st.integers(1, 9), max_size=12))
def test_scores_are_true_counts(words: dict[str, int]) -> None:
    for seed, score in find_seeds(words):
        runs = [("▁" + word, count) for word, count in words.items()]
        occurrences = sum(
            count * sum(run.startswith(seed, start) for start in range(len(run)))
            for run, count in runs
        )
        assert score == occurrences * len(seed)


def test_order_of_the_text_does_not_matter() -> None:
    words = {"leo": 3, "kitabu": 2, "sokoni": 2}
    assert find_seeds(words) == find_seeds(dict(reversed(words.items())))


def test_scripts_without_spaces_are_recognized() -> None:
    assert is_spaced(count_words(["habari za asubuhi", "日本"]))
    assert not is_spaced(count_words(["打开文件并保存", "ok"]))
