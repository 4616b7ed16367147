"""Which examples a step sees."""

import logging

import numpy as np
import pytest
from tests.unit.encoders.tuning_samples import translations

from lingraft.encoders.batches import ExampleSampler, share_of
from lingraft.errors import ConfigError, InputError


def test_every_epoch_sees_every_whole_batch_once() -> None:
    sampler = ExampleSampler({"a": translations(20)}, 12, 5, 1.0, seed=3)
    epochs = [np.concatenate([sampler.numbers(4 * e + s) for s in range(4)]) for e in range(3)]
    for numbers_N in epochs:
        assert sorted(numbers_N) == list(range(20))
    assert not np.array_equal(epochs[0], epochs[1])


def test_a_step_is_a_function_of_its_number() -> None:
    made = [
        ExampleSampler({"a": translations(50)}, 20, 8, 1.0, seed=3).numbers(17) for _ in range(2)
    ]
    other = ExampleSampler({"a": translations(50)}, 20, 8, 1.0, seed=4).numbers(17)
    assert np.array_equal(*made)
    assert not np.array_equal(made[0], other)


def test_a_batch_is_of_one_set_and_one_language() -> None:
    mixed = [*translations(30), *translations(30, "deu_Latn")]
    sampler = ExampleSampler({"a": mixed, "b": translations(30)}, 200, 10, 1.0, seed=1)
    groups = []
    for step in range(200):
        numbers_N = sampler.numbers(step)
        groups.append({(n // 60, sampler.examples[n].language) for n in numbers_N})
        assert len(set(numbers_N)) == 10
    assert all(len(group) == 1 for group in groups)
    counts = [sum(group == {name} for group in groups) for name in set.union(*groups)]
    assert len(counts) == 3
    assert max(counts) - min(counts) <= 1  # a third each


def test_sets_take_turns_by_their_size_to_a_power() -> None:
    sets = {"large": translations(48), "small": translations(12)}
    for exponent, share in ((1.0, 0.8), (0.0, 0.5)):
        sampler = ExampleSampler(sets, 2000, 4, exponent, seed=1)
        turns = [sampler.numbers(step)[0] < 48 for step in range(2000)]
        assert abs(np.mean(turns) - share) < 0.001


def test_groups_smaller_than_a_batch_are_left_out_with_a_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        ExampleSampler({"a": [*translations(8), *translations(3, "deu_Latn")]}, 9, 4, 1.0, seed=1)
    assert "a, deu_Latn: 3 examples are fewer than one batch of 4" in caplog.text


def test_fewer_examples_than_a_batch_are_refused() -> None:
    with pytest.raises(InputError, match=r"has 3 examples, fewer than one batch of 4; lower"):
        ExampleSampler({"a": translations(3)}, 9, 4, 1.0, seed=1)


def test_a_batch_is_divided_over_processes() -> None:
    parts = [share_of(np.arange(6), rank, 3) for rank in range(3)]
    assert np.array_equal(np.concatenate(parts), np.arange(6))
    with pytest.raises(ConfigError, match="batch_size 6 cannot be divided over 4 processes"):
        share_of(np.arange(6), 0, 4)
