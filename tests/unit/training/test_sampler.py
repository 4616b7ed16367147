"""The sampler is a pure function, deals fairly, and forgets nothing."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingraft.training.sampler import Sampler, Stream, apportion, flatten, key, permute


@given(size=st.integers(1, 3000), seed=st.integers(0, 2**63))
@settings(max_examples=60)
def test_permute_is_a_permutation(size: int, seed: int) -> None:
    positions = np.arange(size, dtype=np.uint64)
    images = permute(positions, size, np.broadcast_to(key(seed), positions.shape))
    assert sorted(images.tolist()) == list(range(size))


def test_streams_keep_their_numbers() -> None:
    """Other numbers would give every training that continues other data."""
    assert {stream.name: stream.value for stream in Stream.__members__.values()} == {
        "CORPUS": 1, "ROW": 2, "CUT": 3, "MASK": 4, "SPLIT": 5,
        "DROPOUT": 8, "DECODER": 9, "EXAMPLE": 16, "HIDDEN": 17,
    }  # fmt: skip
    assert len(Stream) == len(Stream.__members__)  # no second name of one number
    assert all(key(7, stream, 11) == key(7, int(stream), 11) for stream in Stream)


def test_permutations_differ_by_key_and_look_random() -> None:
    positions = np.arange(1000, dtype=np.uint64)
    first = permute(positions, 1000, np.broadcast_to(key(1), positions.shape))
    second = permute(positions, 1000, np.broadcast_to(key(2), positions.shape))
    assert (first == second).mean() < 0.02
    assert abs(np.corrcoef(first.astype(float), positions.astype(float))[0, 1]) < 0.15


@given(
    rows=st.lists(st.integers(1, 400), min_size=1, max_size=4),
    begin=st.integers(0, 30_000),
    cut=st.integers(0, 64),
)
@settings(max_examples=40)
def test_drawing_in_parts_is_drawing_at_once(rows: list[int], begin: int, cut: int) -> None:
    sampler = Sampler(rows, [1.0] * len(rows), seed=3)
    samples = np.arange(begin, begin + 64)
    whole = sampler.draw(samples)
    parts = [sampler.draw(samples[:cut]), sampler.draw(samples[cut:])]
    for name in ("corpora_N", "epochs_N", "rows_N"):
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert np.array_equal(getattr(whole, name), joined)


def test_every_row_comes_once_in_an_epoch() -> None:
    sampler = Sampler([173], [1.0], seed=5)
    draw = sampler.draw(np.arange(3 * 10_000))
    seen = set(zip(draw.epochs_N.tolist(), draw.rows_N.tolist(), strict=True))
    assert len(seen) == 3 * 10_000
    whole = [row for epoch, row in seen if epoch == 17]
    assert sorted(whole) == list(range(173))


def test_corpora_come_in_their_shares() -> None:
    sampler = Sampler([50, 5000], [1.0, 3.0], seed=1)
    draw = sampler.draw(np.arange(10_000))
    assert (draw.corpora_N == 0).sum() == 2500
    assert 150 < (draw.corpora_N[:1000] == 0).sum() < 350  # spread evenly, not in a block


def test_apportion_is_exact_and_leaves_nobody_out() -> None:
    counts = apportion([1e-9, 1.0, 2.0], 100)
    assert counts.sum() == 100
    assert counts.min() == 1
    assert counts.tolist() == [1, 33, 66]


def test_flatten_favors_small_corpora() -> None:
    weights = flatten([100, 10_000], 0.3)
    assert weights[0] / weights[1] == pytest.approx(0.01**0.3)


def test_resuming_deep_in_a_giant_epoch_is_instant() -> None:
    sampler = Sampler([10**9], [1.0], seed=1)
    started = time.perf_counter()
    draw = sampler.draw(np.arange(5 * 10**8, 5 * 10**8 + 256))
    assert time.perf_counter() - started < 0.05
    assert draw.rows_N.max() < 10**9
