import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingraft.reporting.statistics import Curve, compute_to_match

BASELINE = [Curve([0, 50, 100], [9.0, 7.0, 6.0])]


def test_budget_is_interpolated_between_evaluations() -> None:
    found = compute_to_match([Curve([0, 50, 100], [8.0, 5.0, 4.0])], BASELINE, "steps", "down")
    assert found.budget == pytest.approx(100 / 3)
    assert found.speed_up == pytest.approx(3.0)
    assert found.target == 6.0


def test_not_reached_is_a_value() -> None:
    found = compute_to_match([Curve([0, 50, 100], [9.0, 8.0, 7.0])], BASELINE, "steps", "down")
    assert not found.reached
    assert (found.budget, found.speed_up) == (math.inf, 0.0)


def test_better_before_the_first_step() -> None:
    found = compute_to_match([Curve([0, 50], [5.0, 4.0])], BASELINE, "tokens", "down")
    assert (found.budget, found.speed_up) == (0.0, math.inf)


def test_scores_may_be_better_upwards() -> None:
    run, base = Curve([0, 10], [0.0, 1.0]), Curve([0, 10], [0.0, 0.5])
    assert compute_to_match([run], [base], "steps", "up").budget == pytest.approx(5.0)


def test_a_curve_that_leaves_the_target_again_has_matched_it() -> None:
    found = compute_to_match([Curve([0, 50, 100], [8.0, 5.0, 7.0])], BASELINE, "steps", "down")
    assert found.budget == pytest.approx(100 / 3)


def test_the_baseline_matches_itself_at_its_end() -> None:
    assert compute_to_match(BASELINE, BASELINE, "steps", "down").speed_up == pytest.approx(1.0)


def test_seeds_give_bounds_that_may_be_not_reached() -> None:
    run = [Curve([0, 50, 100], [9.0, 6.5, last]) for last in (5.0, 6.4)]
    found = compute_to_match(run, BASELINE * 2, "steps", "down")
    assert found.low == 0.0
    assert found.high is not None
    assert found.high >= found.speed_up > 0


@pytest.mark.parametrize(
    ("run", "axis", "message"),
    [
        ([], "steps", "equally often"),
        ([Curve([0, 1], [1, 2]), Curve([0], [1])], "steps", "equally often"),
        ([Curve([0, 0], [1, 2])], "steps", "increase"),
        (BASELINE, "days", "not one of steps, tokens, hours"),
    ],
)
def test_unusable_curves_are_refused(run: list[Curve], axis: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compute_to_match(run, BASELINE, axis, "down")


@given(st.lists(st.floats(0, 10), min_size=2, max_size=12), st.floats(0, 10))
def test_crossing_is_where_the_interpolated_curve_is(scores: list[float], target: float) -> None:
    grid = list(range(len(scores)))
    base = [Curve([0, 1], [10.0, target])]
    found = compute_to_match([Curve(grid, scores)], base, "steps", "down")
    if found.reached:
        assert np.interp(found.budget, grid, scores) <= target + 1e-6
    else:
        assert min(scores) > target
