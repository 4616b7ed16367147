"""Continued merging equals its definition, whatever the text."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.tokenizers.merged_rows import merged

from lingraft.tokenizers.continued_merges import continue_merges

LETTERS = "abc"
SEQUENCES = st.dictionaries(
    st.lists(st.integers(0, 2), min_size=2, max_size=9).map(tuple),
    st.integers(1, 4),
    max_size=8,
)


def brute_force(sequences, tokens, wanted, minimum, prefix=""):
    """The definition: count all pairs anew, merge the most frequent one, and again."""
    rows = [[tokens[index] for index in row] for row in sequences]
    times = list(sequences.values())
    order = list(tokens)  # by id
    found = []
    while len(found) < wanted:
        counts = Counter()
        for row, count in zip(rows, times, strict=True):
            for pair in pairwise(row):
                counts[pair] += count
        free = {p: n for p, n in counts.items() if p[0] + p[1].removeprefix(prefix) not in order}
        if not free or max(free.values()) < minimum:
            break
        best = min(free, key=lambda p: (-free[p], order.index(p[0]), order.index(p[1])))
        text = best[0] + best[1].removeprefix(prefix)
        order.append(text)
        found.append((best, text))
        rows = [merged(row, best, text) for row in rows]
    return found


@given(SEQUENCES, st.integers(0, 12), st.integers(1, 3))
def test_it_is_what_the_definition_says(sequences, wanted, minimum) -> None:
    found = continue_merges(sequences, LETTERS, wanted, minimum)
    expected = brute_force(sequences, LETTERS, wanted, minimum)
    assert [((new.left, new.right), new.text) for new in found] == expected


@given(SEQUENCES, st.integers(0, 12))
def test_a_merge_inside_of_a_word_drops_its_prefix(sequences, wanted) -> None:
    tokens = ["a", "##a", "##b"]
    found = continue_merges(sequences, tokens, wanted, 1, "##")
    expected = brute_force(sequences, tokens, wanted, 1, "##")
    assert [((new.left, new.right), new.text) for new in found] == expected


@given(SEQUENCES)
def test_a_new_token_covers_its_pieces(sequences) -> None:
    for new in continue_merges(sequences, LETTERS, 20):
        assert "".join(LETTERS[piece] for piece in new.pieces) == new.text


def test_equally_frequent_pairs_are_taken_by_their_ids() -> None:
    found = continue_merges({(1, 2): 1, (0, 1): 1, (0, 0): 1}, LETTERS, 3)
    assert [new.text for new in found] == ["aa", "ab", "bc"]


def test_a_second_way_to_a_token_is_passed_over() -> None:
    """`abc` is made of `ab` and `c`; later `a` and `bc` stand side by side, too."""
    tokens = ["a", "b", "c", "ab", "bc"]
    found = continue_merges({(3, 2): 5, (0, 4): 3}, tokens, 5)
    assert [(new.left, new.right) for new in found] == [("ab", "c")]
