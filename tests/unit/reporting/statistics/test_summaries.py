import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lingraft.reporting.statistics import mean_interval, score_interval, summarize

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


SHARE = (0.0, 1.0)


@pytest.mark.parametrize("hits", [0, 1, 7, 19, 20])
def test_the_interval_of_a_share_is_wilsons(hits: int) -> None:
    share = hits / 20
    found = score_interval(share, math.sqrt(share * (1 - share) / 20), 20, SHARE)
    known = stats.binomtest(hits, 20).proportion_ci(0.95, "wilson")
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-12)


@given(st.floats(-1, 1), st.floats(0, 0.5), st.integers(1, 1000))
def test_no_interval_leaves_its_limits(value: float, error: float, n: int) -> None:
    found = score_interval(value, error, n, (-1.0, 1.0))
    assert -1 <= found.low <= value + 1e-12 and value - 1e-12 <= found.high <= 1


def test_without_limits_it_is_normal_and_far_from_them_nearly() -> None:
    plain = score_interval(0.5, 0.01, 2500)
    assert (plain.low, plain.high) == pytest.approx((0.4804, 0.5196), abs=1e-4)
    wilson = score_interval(0.5, 0.01, 2500, SHARE)
    assert (wilson.low, wilson.high) == pytest.approx((plain.low, plain.high), abs=1e-4)


def test_it_holds_the_truth_near_a_limit() -> None:
    """Shares of .03 over 60 items; the normal interval held it in 84 % of such experiments."""
    hits = np.random.default_rng(0).binomial(60, 0.03, 2000)
    found = [score_interval(k / 60, math.sqrt(k / 60 * (1 - k / 60) / 60), 60, SHARE) for k in hits]
    assert 0.93 <= np.mean([one.low <= 0.03 <= one.high for one in found]) <= 0.98
