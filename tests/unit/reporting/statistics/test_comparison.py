import numpy as np
import pytest
from scipy import stats

from lingraft.reporting.statistics import Examples, compare, compare_all

TRUTH = 0.3


def experiment(
    rng: np.random.Generator, seeds: int, examples: int, by_seed: float, by_example: float
) -> tuple[Examples, Examples]:
    """Two systems that differ by TRUTH on average, with noise of seeds, examples and both."""
    base = rng.normal(size=(seeds, examples))
    noise = by_seed * rng.normal(size=(seeds, 1)) + by_example * rng.normal(size=(1, examples))
    system = base + TRUTH + noise + rng.normal(size=(seeds, examples))
    return Examples.of(system), Examples.of(base)


def coverage(seeds: int, examples: int, by_seed: float, by_example: float, times: int) -> float:
    rng = np.random.default_rng([seeds, examples])
    held = 0
    for number in range(times):
        pair = experiment(rng, seeds, examples, by_seed, by_example)
        found = compare(*pair, resamples=300, seed=number)
        held += found.low <= TRUTH <= found.high
    return held / times


def test_difference_is_the_difference_of_the_scores() -> None:
    system = Examples.of(np.array([1.0, 1, 0, 1]))
    baseline = Examples.of(np.array([1.0, 0, 0, 0]))
    assert compare(system, baseline, resamples=200).difference == pytest.approx(0.5)


def test_interval_over_examples_is_close_to_scipys_paired_bootstrap() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random(300) + 0.1, rng.random(300)
    ours = compare(Examples.of(first), Examples.of(second), resamples=20_000)
    theirs = stats.bootstrap(
        (first - second,), np.mean, n_resamples=20_000, method="percentile", rng=rng
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.003)


def test_randomization_is_close_to_scipys_permutation_test() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.random(60) + 0.06, rng.random(60)
    ours = compare(Examples.of(first), Examples.of(second), resamples=20_000)
    theirs = stats.permutation_test(
        (first, second),
        lambda a, b, axis: np.mean(a, axis=axis) - np.mean(b, axis=axis),
        permutation_type="samples",
        n_resamples=20_000,
        rng=rng,
    )
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=0.02)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("examples", [2, 50, 333])
@pytest.mark.parametrize("classes", [1, 4])
@pytest.mark.parametrize("others", [1, 2, 7])
def test_a_comparison_does_not_depend_on_the_others(
    seeds: int, examples: int, classes: int, others: int
) -> None:
    rng = np.random.default_rng([seeds, examples, classes])
    shape = (seeds, examples, classes)
    names = ["a", "base", *map(str, range(others))]
    systems = {name: Examples.of(rng.random(shape), rng.random(shape)) for name in names}
    together = compare_all(systems, "base", resamples=60)
    assert together["a"] == compare(systems["a"], systems["base"], resamples=60)


def test_equal_systems_differ_by_nothing() -> None:
    same = Examples.of(np.random.default_rng(3).random((3, 40)))
    found = compare(same, same, resamples=200)
    assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_other_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="same seeds and examples"):
        compare(Examples.of(np.ones(4)), Examples.of(np.ones(5)))


def test_detectable_difference_shrinks_with_examples() -> None:
    rng = np.random.default_rng(4)
    few, many = (
        compare(Examples.of(rng.random(n)), Examples.of(rng.random(n)), resamples=200)
        for n in (100, 10_000)
    )
    assert few.detectable == pytest.approx(10 * many.detectable, rel=0.3)


def test_detectable_difference_is_the_textbooks() -> None:
    # 80 % power at two-sided 5 %: 2.8 standard errors.
    rng = np.random.default_rng(5)
    found = compare(Examples.of(rng.random(50)), Examples.of(rng.random(50)), resamples=200)
    assert found.detectable == pytest.approx(2.80 * found.standard_error, rel=1e-2)


CASES = [(1, 60, 0.0, 1.0), (3, 100, 0.2, 1.0), (5, 100, 0.5, 0.5), (5, 60, 0.0, 1.0)]


@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth(case: tuple[int, int, float, float]) -> None:
    assert 0.91 <= coverage(*case, times=250) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_in_95_of_100(case: tuple[int, int, float, float]) -> None:
    assert 0.93 <= coverage(*case, times=3000) <= 0.97


@pytest.mark.parametrize("seeds", [1, 4])
def test_p_values_are_uniform_without_a_difference(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    p_values = []
    for number in range(300):
        shared = rng.normal(size=60)
        pair = [Examples.of(shared + rng.normal(size=(seeds, 60))) for _ in range(2)]
        p_values.append(compare(*pair, resamples=200, seed=number).p_value)
    for level in (0.05, 0.2, 0.5, 0.8):
        # With several seeds and no effect of seeds at all, the test is a little too careful.
        slack = 0.07 if seeds == 1 else 0.16
        assert level - slack <= np.mean(np.array(p_values) <= level) <= level + 0.07
