"""Samples are deterministic, bounded, and shared out as the temperature says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.corpus.documents import Document
from lingraft.errors import InputError
from lingraft.tokenizers.sampling import (
    LARGEST_COUNT,
    PairCounter,
    check_pair_count,
    sample,
    shares,
)

DOCUMENTS = [Document(f"id-{number}", f"text number {number:05d}") for number in range(2000)]
SIZE = sum(len(document.text) for document in DOCUMENTS)


def test_everything_is_taken_below_the_limit() -> None:
    (share,) = shares([SIZE], 10 * SIZE, 1.0)
    assert list(sample(DOCUMENTS, share)) == [document.text for document in DOCUMENTS]


def test_the_limit_holds_and_is_nearly_used() -> None:
    (share,) = shares([SIZE], SIZE // 4, 1.0)
    taken = list(sample(DOCUMENTS, share))
    assert 0.9 * SIZE / 4 < sum(map(len, taken)) <= SIZE / 4
    assert taken == list(sample(DOCUMENTS, share))


def test_a_larger_sample_holds_the_smaller_one() -> None:
    small, large = (set(sample(DOCUMENTS, shares([SIZE], SIZE // part, 1.0)[0])) for part in (8, 2))
    assert len(small - large) < 0.2 * len(small)


def test_temperature_favors_small_corpora() -> None:
    flat, proportional = (shares([9000, 1000], 10_000, value) for value in (0.3, 1.0))
    assert proportional[0].maximum_bytes == 9000
    assert flat[1].maximum_bytes == pytest.approx(10_000 / (1 + 9**0.3))
    repeated = list(sample(DOCUMENTS, shares([9 * SIZE, SIZE], 10 * SIZE, 0.3)[1]))
    assert len(repeated) > 3 * len(DOCUMENTS)


@given(st.lists(st.text(max_size=20), max_size=20))
def test_no_pair_is_counted_too_low(texts: list[str]) -> None:
    counter = PairCounter()
    for text in texts:
        counter.add(text)
    counts: dict[bytes, int] = {}
    for text in texts:
        encoded = text.encode()
        for start in range(len(encoded) - 1):
            pair = encoded[start : start + 2]
            counts[pair] = counts.get(pair, 0) + 1
    assert counter.maximum >= max(counts.values(), default=0)


def test_pairs_are_counted_across_flushes() -> None:
    counter = PairCounter()
    for _ in range(9):
        counter.add("ab" * (1 << 20))
    assert counter.maximum >= 9 << 20


def test_the_bound_is_exact() -> None:
    check_pair_count(LARGEST_COUNT)
    with pytest.raises(InputError, match="2147483648 times"):
        check_pair_count(LARGEST_COUNT + 1)
