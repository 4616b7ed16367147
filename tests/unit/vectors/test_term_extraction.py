from collections.abc import Iterator
from math import log2

import pytest
from gensim.models.phrases import npmi_scorer

from lingraft.vectors.term_extraction import by_c_value, by_npmi, npmi

TEXT = ["new york city is large", "new york is old", "a city is new", "old york", "is is is is"] * 5


def lines() -> Iterator[list[str]]:
    return (line.split() for line in TEXT)


@pytest.mark.parametrize("counts", [(5, 4, 3, 100), (20, 20, 20, 1000), (9, 50, 2, 77)])
def test_npmi_is_that_of_gensim(counts: tuple[int, int, int, int]) -> None:
    first, second, together, total = counts
    expected = npmi_scorer(first, second, together, 0, 1, total)
    assert npmi(*counts) == pytest.approx(expected, abs=1e-12)


def test_neighbors_that_are_seldom_apart_are_terms() -> None:
    found = by_npmi(lines, 5, 0.5, 3)
    assert "new york" in found and "new york city" in found and "is new" not in found
    assert set(by_npmi(lines, 5, 0.5, 2)) <= {term for term in found if term.count(" ") == 1}
    assert by_npmi(lines, 11, 0.5, 3) == {}
    assert by_npmi(lambda: iter([["a", "b"]]), 1, 0, 2) == {"a b": pytest.approx(1)}


def test_c_value_takes_off_what_is_inside_of_longer_terms() -> None:
    """new york: 10 times, 5 inside of `new york city`; longer ones that end in `is` are none."""
    found = by_c_value(lines, 5, 0.0, 3, stop_words=1)
    assert found["new york city"] == pytest.approx(log2(3) * 5)
    assert found["new york"] == pytest.approx(1.0 * (10 - 5))
    assert not any("is" in (term.split()[0], term.split()[-1]) for term in found)
    some = by_c_value(lines, 5, 5.5, 3, stop_words=1)
    assert "new york city" in some and "new york" not in some
