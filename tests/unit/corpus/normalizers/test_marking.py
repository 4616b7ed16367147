"""Latin words among others."""

from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.normalizers.marking import between_marks, mark

PARTS = st.sampled_from(["भारत", "Hello", "(v2.0)", "12", "में", "—", "e-mail", "।", "a_b"])


@given(st.lists(PARTS))
def test_marked_words_come_back_unchanged(parts: list[str]) -> None:
    text = " ".join(parts)
    assert between_marks(mark(text), lambda rest: rest) == text
    # What is outside of the marks has no Latin letter.
    outside: list[str] = []
    between_marks(mark(text), lambda rest: outside.append(rest) or rest)
    assert not any(letter.isascii() and letter.isalpha() for letter in "".join(outside))


def test_a_long_line_of_signs_is_read_once() -> None:
    """Tried again from each sign it would take hours."""
    line = "-1" * 250_000
    assert mark(line) == line
    assert mark(f"{line}a भा{line}") == f"_{line}a_ भा{line}"
