"""Seeds of some systems show how much seeds vary, and intervals of the others cover it."""

import numpy as np
import pytest

from lingraft.reporting.statistics import Examples, SeedNoise, compare, with_noise
from lingraft.reporting.statistics.comparison import Comparison

TRUTH = 0.3


def test_the_variance_is_pooled_over_systems_with_several_seeds() -> None:
    noise = SeedNoise.pooled([[0.1, 0.3], [0.5, 0.5, 0.8], [0.9]])
    assert noise is not None
    assert (noise.variance, noise.degrees) == (pytest.approx((0.02 + 0.06) / 3), 3)
    assert SeedNoise.pooled([[1.0], [2.0], []]) is None
    assert SeedNoise.pooled([[1.0, 1.1], [2.0]]) is None  # two numbers tell next to nothing


def test_a_number_above_one_varies_by_a_part_of_itself() -> None:
    """Two percent of 2 bits and of 4 bits are the same noise, and are told in bits again."""
    small, large = (SeedNoise.pooled([[n - 0.01 * n, n + 0.01 * n]] * 2) for n in (2.0, 4.0))
    assert small is not None and large is not None
    assert small.variance == pytest.approx(large.variance)
    found = Comparison(0.5, 0.5, 0.5, 0.01, 0.95, 0.0, 1, 300)
    assert with_noise(found, small, 4.0).standard_error == pytest.approx(0.08)


def partly_replicated(rng: np.random.Generator, by_seed: float) -> Comparison:
    """Two systems with one seed, beside two with two, all on 60 examples."""
    hardness_N = rng.normal(size=60)

    def scores(level: float) -> np.ndarray:
        return level + by_seed * rng.normal() + hardness_N + 0.3 * rng.normal(size=60)

    first, second = scores(TRUTH), scores(0.0)
    others = [[float(scores(level).mean()) for _ in range(2)] for level in (0.0, 0.3)]
    noise = SeedNoise.pooled(others)
    assert noise is not None
    pair = Examples.of(first), Examples.of(second)
    return with_noise(compare(*pair, resamples=200, seed=int(rng.integers(1 << 30))), noise, 0.0)


@pytest.mark.parametrize("by_seed", [0.0, 0.1, 0.5])
def test_intervals_hold_the_truth(by_seed: float) -> None:
    rng = np.random.default_rng(11)
    found = [partly_replicated(rng, by_seed) for _ in range(600)]
    held = float(np.mean([one.low < TRUTH < one.high for one in found]))
    assert held >= 0.93, held  # 600 experiments: the standard error is .009
    if by_seed == 0.5:  # seeds are all of the variation
        assert held <= 0.975, held


def test_the_p_value_and_the_interval_agree() -> None:
    found = Comparison(1.0, 1 - 0.2 * 1.968, 1 + 0.2 * 1.968, 0.0001, 0.95, 0.2, 1, 300)
    for variance in (0.0, 0.001, 0.01, 0.02, 0.03, 0.1):
        wide = with_noise(found, SeedNoise(variance, 2), 0.5)
        assert (wide.p_value < 0.05) == (wide.low > 0), variance
        assert wide.p_value >= found.p_value
    assert with_noise(found, SeedNoise(0.0, 2), 0.5).low == found.low


def test_bounds_are_added_as_squares() -> None:
    found = Comparison(1.0, 0.9, 1.3, 0.01, 0.95, 0.1, 1, 300)
    wide = with_noise(found, SeedNoise(0.02, 2), 0.5)
    reach = 4.302652729911275 * 0.2  # Student's t with two degrees of freedom
    assert wide.low == pytest.approx(1.0 - np.hypot(0.1, reach))
    assert wide.high == pytest.approx(1.0 + np.hypot(0.3, reach))
    assert wide.standard_error == pytest.approx(np.sqrt(0.01 + 0.04))
    assert wide.covers_seeds and not found.covers_seeds
    assert wide.detectable > found.detectable


def test_without_any_variation_nothing_changes_but_the_word() -> None:
    found = Comparison(0.0, 0.0, 0.0, 1.0, 0.95, 0.0, 1, 300)
    same = with_noise(found, SeedNoise(0.0, 2), 0.5)
    assert (same.low, same.high, same.p_value) == (0.0, 0.0, 1.0)
    assert same.borrows_seeds


def test_several_seeds_need_no_others() -> None:
    found = Comparison(1.0, 0.9, 1.3, 0.01, 0.95, 0.1, 2, 300)
    with pytest.raises(ValueError, match="over 2 seeds has their variation already"):
        with_noise(found, SeedNoise(0.02, 2), 0.5)
