import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.reporting.statistics import mean_interval, summarize

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20)


def test_one_number_has_no_deviation() -> None:
    assert summarize([3.0]).sd is None


def test_summary_is_numpys() -> None:
    summary = summarize([1.0, 2.0, 4.0])
    assert summary.mean == pytest.approx(7 / 3)
    assert summary.sd == pytest.approx(np.std([1, 2, 4], ddof=1))


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_failed_runs_cannot_hide_in_a_mean(values: list[float]) -> None:
    with pytest.raises(ValueError, match="cannot summarize"):
        summarize(values)


@given(numbers)
def test_interval_holds_its_estimate(values: list[float]) -> None:
    interval = mean_interval(values, resamples=200)
    assert interval is not None
    slack = 1e-9 * max(1.0, abs(interval.estimate))
    assert interval.low - slack <= interval.estimate <= interval.high + slack


def test_one_language_says_nothing_about_others() -> None:
    assert mean_interval([0.4]) is None


def coverage(n: int, experiments: int) -> float:
    rng = np.random.default_rng(n)
    held = 0
    for experiment in range(experiments):
        interval = mean_interval(list(rng.normal(1, 2, size=n)), resamples=400, seed=experiment)
        assert interval is not None
        held += interval.low <= 1 <= interval.high
    return held / experiments


@pytest.mark.parametrize("n", [3, 30])
def test_interval_of_a_mean_holds_the_truth(n: int) -> None:
    assert 0.92 <= coverage(n, 600) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10, 100])
def test_interval_of_a_mean_holds_the_truth_in_95_of_100(n: int) -> None:
    assert 0.93 <= coverage(n, 4000) <= 0.97
